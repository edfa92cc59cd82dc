"""What somebody began to write into a form and has not sent: kept on the server, offered again, gone when it is sent."""
