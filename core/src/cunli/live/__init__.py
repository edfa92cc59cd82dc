"""What arrives without a reload: new posts, answers under an open post, unread messages. Pages are right without it."""
