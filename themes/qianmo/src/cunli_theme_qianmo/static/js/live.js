/* What is new arrives by itself: unread messages, and a bar that says how much is new and loads it when it is pressed. Nothing
   jumps. The stream is open only while the page is seen, never where data is saved, and pages are right without it.
   Plain ES5. Words come from data- attributes. */
(function () {
  "use strict";
  var script = document.currentScript;
  var url = script && script.getAttribute("data-url");
  var bar = document.getElementById("fresh");
  var net = navigator.connection || {};
  if (!url || !window.EventSource || net.saveData || /(^|-)2g$/.test(net.effectiveType || "")) return;
  var FIRST = 5000, LONGEST = 300000, TRIES = 8;
  var source = null, timer = 0, wait = FIRST, tries = 0, last = "", seen = {}, fresh = 0;

  function newest() {
    var cards = document.querySelectorAll(".main > article.post[id^='p-'], .main article.post[id^='p-']");
    return cards.length ? cards[0].id.slice(2) : "";
  }

  function address() {
    var parts = [];
    if (tries >= TRIES) parts.push("once=1"); // streams do not get through here: ask once a minute
    if (last) parts.push("last=" + encodeURIComponent(last));
    var open = document.querySelector("article.post--full[id^='p-']");
    if (open) parts.push("post=" + encodeURIComponent(open.id.slice(2)));
    else if (newest()) parts.push("after=" + encodeURIComponent(newest()));
    return url + (parts.length ? "?" + parts.join("&") : "");
  }

  function say(words) {
    if (!bar || !words) return;
    bar.querySelector("span").textContent = words;
    bar.hidden = false;
  }

  function badge(count) {
    Array.prototype.forEach.call(document.querySelectorAll("a[href='/inbox']"), function (link) {
      var mark = link.querySelector(".badge");
      if (!count) { if (mark) mark.parentNode.removeChild(mark); return; }
      if (!mark) {
        mark = document.createElement("em");
        mark.className = "badge";
        mark.appendChild(document.createTextNode(""));
        var words = document.createElement("span");
        words.className = "vh";
        words.textContent = bar ? bar.getAttribute("data-unread") : "";
        mark.appendChild(words);
        link.appendChild(mark);
      }
      mark.firstChild.nodeValue = count < 100 ? String(count) : "99+";
    });
  }

  function heard(event) {
    if (event.lastEventId) last = event.lastEventId;
    wait = FIRST;
    if (tries < TRIES) tries = 0;
  }

  function on(name, act) {
    source.addEventListener(name, function (event) { heard(event); act(event.data); });
  }

  function open() {
    timer = 0;
    if (source || document.hidden || navigator.onLine === false) return;
    source = new EventSource(address());
    on("unread", function (data) { badge(Number(data) || 0); });
    on("post", function (key) {
      if (seen[key] || document.getElementById("p-" + key)) return;
      seen[key] = true;
      fresh += 1;
      say(bar && bar.getAttribute("data-posts").replace("#", String(fresh)));
    });
    on("counts", function (data) {
      var section = document.getElementById("comments");
      var before = section ? Number(section.getAttribute("data-count")) : 0;
      var more = JSON.parse(data).comments - before;
      if (section && more > 0) say(bar && bar.getAttribute("data-comments").replace("#", String(more)));
    });
    on("look", function () { say(bar && bar.getAttribute("data-look")); });
    source.onerror = function () {
      if (!source || source.readyState !== 2) return; // it comes again by itself
      close();
      tries += 1;
      if (tries < 3 * TRIES) timer = setTimeout(open, wait * (0.5 + Math.random()));
      wait = Math.min(wait * 2, LONGEST);
    };
  }

  function close() {
    if (timer) { clearTimeout(timer); timer = 0; }
    if (source) { source.close(); source = null; }
  }

  document.addEventListener("visibilitychange", function () { if (document.hidden) close(); else open(); });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
  window.addEventListener("online", open);
  if (document.readyState === "complete") open();
  else window.addEventListener("load", function () { setTimeout(open, 500); });
})();
