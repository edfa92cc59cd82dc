/* Loads htmx only where it works (Chrome 88, Safari 15 and later). Everywhere else the plain forms and links underneath
   do the work. data-live on <html> says which it was. A browser that falls through fetches one tiny picture, so that the
   access log counts such browsers by their user agent without any endpoint or identifier. */
(function () {
  "use strict";
  var root = document.documentElement;
  var here = document.currentScript;
  var source = here && here.getAttribute("data-htmx");
  function able() {
    try {
      document.createDocumentFragment().querySelector(":not(a b)");
      return !!(window.AbortController && window.fetch && Element.prototype.replaceChildren && [].at && source);
    } catch (e) {
      return false;
    }
  }
  if (!able()) {
    root.setAttribute("data-live", "no");
    if (window.console) console.info("htmx not loaded: plain forms are used");
    if (here) new Image().src = here.getAttribute("data-plain");
    return;
  }
  var script = document.createElement("script");
  script.src = source;
  script.onload = function () { root.setAttribute("data-live", window.htmx ? "yes" : "no"); };
  script.onerror = function () { root.setAttribute("data-live", "no"); };
  document.head.appendChild(script);
})();
