// Only under `cunli serve --reload`: asks once a second whether something was changed, and reloads the page then.
"use strict";
(() => {
  let known = "";
  const look = async () => {
    if (document.visibilityState === "visible") {
      try {
        const answer = await fetch("/dev/stamp", { cache: "no-store" });
        const stamp = answer.ok ? await answer.text() : known;
        if (known && stamp !== known) { location.reload(); return; }
        known = stamp;
      } catch { /* the server is starting again */ }
    }
    setTimeout(look, 1000);
  };
  look();
})();
