/* A form that is kept: what is written goes to the server a moment after the last key, so that another day or phone has it. The
   button 先存着 does the same without script. Plain ES5. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-keep]");
  if (!form || !window.FormData || !window.fetch) return;
  var status = form.querySelector("[data-kept]");
  var dirty = false, sending = false, timer = 0;

  function tell(name) { if (status) status.textContent = form.getAttribute("data-" + name) || ""; }

  function save() {
    clearTimeout(timer);
    if (!dirty || sending) return;
    dirty = false;
    fetch(form.getAttribute("data-keep"), { method: "POST", body: new FormData(form), credentials: "same-origin", redirect: "manual" })
      .then(function (response) {
        if (response.status !== 204) throw new Error(String(response.status));
        if (!dirty) tell("saved");
      })
      .catch(function () { dirty = true; tell("lost"); });
  }

  function changed() {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, 1500);
  }

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", function () { sending = true; clearTimeout(timer); }); // what was sent is not begun any more
  window.addEventListener("pageshow", function () { sending = false; });
  window.addEventListener("online", save);
  document.addEventListener("visibilitychange", function () { if (document.hidden) save(); });
})();
