/* Small comforts for pages that work without them: toasts, focus, the offline strip. Plain ES5 syntax, so that an old
   kernel that gate.js turned away can still run it. */
(function () {
  "use strict";
  var toasts = document.getElementById("toasts");
  var strip = document.getElementById("offline");
  var elder = document.documentElement.getAttribute("data-mode") === "elder";

  function words(key) { return (toasts && toasts.getAttribute("data-" + key)) || ""; }

  function say(text, bad) {
    if (!toasts || !text) return;
    var toast = document.createElement("p");
    toast.className = bad ? "toast toast--bad" : "toast";
    toast.textContent = text;
    toasts.appendChild(toast);
  }

  function fade(node) {
    if (node.nodeType !== 1 || !node.classList.contains("toast")) return;
    // Six seconds to read, ten in 大字版; never while the pointer or the focus rests on it.
    setTimeout(function gone() {
      if (node.matches(":hover") || node.contains(document.activeElement)) { setTimeout(gone, 2000); return; }
      node.remove();
    }, elder ? 10000 : 6000);
  }

  if (toasts && window.MutationObserver) {
    Array.prototype.forEach.call(toasts.children, fade);
    new MutationObserver(function (changes) {
      changes.forEach(function (change) { Array.prototype.forEach.call(change.addedNodes, fade); });
    }).observe(toasts, { childList: true });
  }

  function network() { if (strip) strip.hidden = navigator.onLine !== false; }
  window.addEventListener("online", network);
  window.addEventListener("offline", network);
  network();

  function focusErrors(scope) {
    var summary = scope.querySelector ? scope.querySelector(".errsum") : null;
    if (summary) summary.focus();
  }
  focusErrors(document);

  // An error link leads to a field; a fieldset's first choice takes the focus too.
  document.addEventListener("click", function (event) {
    var link = event.target.closest ? event.target.closest(".errsum a") : null;
    var field = link && document.getElementById(link.getAttribute("href").slice(1));
    if (field) { event.preventDefault(); field.focus(); field.scrollIntoView({ block: "center" }); }
  });

  // Menus made of <details> close on Escape and on a click elsewhere.
  function closeAsks(except) {
    Array.prototype.forEach.call(document.querySelectorAll("details.ask[open]"), function (menu) {
      if (menu !== except) menu.open = false;
    });
  }
  document.addEventListener("click", function (event) { closeAsks(event.target.closest && event.target.closest("details.ask")); });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    var menu = document.querySelector("details.ask[open]");
    closeAsks(null);
    if (menu) menu.querySelector("summary").focus();
  });

  // A weak network invites a second tap: the same form goes out once. The server refuses the twin as well.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.method === "get" || form.target) return;
    if (form.hasAttribute("data-sent")) { event.preventDefault(); return; }
    form.setAttribute("data-sent", "");
    setTimeout(function () { form.removeAttribute("data-sent"); }, 8000);
  });
  window.addEventListener("pageshow", function () {
    Array.prototype.forEach.call(document.querySelectorAll("form[data-sent]"), function (form) { form.removeAttribute("data-sent"); });
  });

  document.addEventListener("htmx:after:swap", function (event) { focusErrors(event.target); });
  document.addEventListener("htmx:response:error", function (event) {
    var response = event.detail && event.detail.ctx && event.detail.ctx.response;
    var status = response ? response.status : 0;
    if (status === 422) return;
    say(words(status === 401 || status === 403 || status === 404 || status === 409 ? "denied" : "failed"), true);
  });
  document.addEventListener("htmx:error", function (event) {
    var response = event.detail && event.detail.ctx && event.detail.ctx.response;
    if (!response) { say(words("failed"), true); network(); }
  });

  // The page for when there is no network; see sw.js. Only where the browser allows it: over TLS, or on this machine.
  var worker = document.querySelector("script[data-worker]");
  if (worker && navigator.serviceWorker && window.isSecureContext) {
    window.addEventListener("load", function () {
      navigator.serviceWorker.register(worker.getAttribute("data-worker")).catch(function () { /* pages work without */ });
    });
  }

  window.cunli = { say: say };
})();
