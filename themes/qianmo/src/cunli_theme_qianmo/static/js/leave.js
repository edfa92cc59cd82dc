/* Whoever signs out takes along what this browser kept for them: words that were begun. Whatever is kept was kept by scripts, so this
   one is enough. A session that ends by itself leaves them, so that they are there when the same person comes back. Plain ES5. */
(function () {
  "use strict";
  document.addEventListener("submit", function (event) {
    if (event.target.getAttribute("action") !== "/sign-out") return;
    try {
      Object.keys(window.localStorage).forEach(function (name) {
        if (name.indexOf("cunli.") === 0) window.localStorage.removeItem(name);
      });
    } catch (e) { /* private window: nothing was kept */ }
  });
})();
