{#- The service worker. Variables: version (of the static files), offline (the page's address), below (where static files are). -#}
/* Keeps static files and the page for when there is no network; never a page of anybody. */
"use strict";
var KEPT = "cunli-{{ version }}";
var OFFLINE = "{{ offline }}";
var BELOW = "{{ below }}";
var FIRST = ["{{ offline }}"{% for path in theme.stylesheets %}, "{{ static(path) }}"{% endfor %}, "{{ static('js/app.js') }}", "{{ static('js/gate.js') }}", "{{ static('favicon.svg') }}", "{{ static('icons.svg') }}"];

self.addEventListener("install", function (event) {
  event.waitUntil(caches.open(KEPT).then(function (kept) {
    return kept.addAll(FIRST);
  }).then(function () { return self.skipWaiting(); }));
});

self.addEventListener("activate", function (event) {
  event.waitUntil(caches.keys().then(function (names) {
    return Promise.all(names.filter(function (name) { return name !== KEPT; }).map(function (name) { return caches.delete(name); }));
  }).then(function () { return self.clients.claim(); }));
});

self.addEventListener("fetch", function (event) {
  var request = event.request;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(function () { return caches.match(OFFLINE); }));
    return;
  }
  var url = new URL(request.url);
  if (url.origin !== self.location.origin || url.pathname.indexOf(BELOW) !== 0) return;
  event.respondWith(caches.match(request).then(function (known) {
    return known || fetch(request).then(function (response) {
      if (response.ok && response.type === "basic") {
        var copy = response.clone();
        event.waitUntil(caches.open(KEPT).then(function (kept) { return kept.put(request, copy); }));
      }
      return response;
    });
  }));
});
