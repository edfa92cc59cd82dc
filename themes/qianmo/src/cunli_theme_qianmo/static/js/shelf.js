/* A form that is kept on the phone while it is filled in: closed by mistake, or sent into no network, it is there again at the next
   visit. Forgotten when a page says that it arrived (data-shelf-done), and after thirty days. Plain ES5. */
(function () {
  "use strict";
  var shelf, i, PREFIX = "cunli.shelf.", DAYS = 30;
  try { shelf = window.localStorage; if (!shelf) return; } catch (e) { return; } // private window: nothing is kept

  function each(selector, work) { var found = document.querySelectorAll(selector); for (i = 0; i < found.length; i++) work(found[i]); }

  function kept(field) {
    return field.name && field.type !== "hidden" && field.type !== "file" && field.type !== "password" && !/^(BUTTON|FIELDSET)$/.test(field.tagName);
  }

  function read(form) {
    var values = [], n;
    for (n = 0; n < form.elements.length; n++) {
      var field = form.elements[n];
      if (kept(field)) values.push([field.name, field.value, /^(radio|checkbox)$/.test(field.type) ? field.checked : null]);
    }
    return values;
  }

  function put(form, values) {
    for (var n = 0; n < values.length; n++) {
      var all = form.elements[values[n][0]];
      if (!all) continue;
      var fields = all.tagName || !all.length ? [all] : all;
      for (var m = 0; m < fields.length; m++) {
        var field = fields[m];
        if (!kept(field)) continue;
        if (values[n][2] === null) field.value = values[n][1];
        else if (field.value === values[n][1]) field.checked = values[n][2];
      }
    }
  }

  function watch(form) {
    var name = PREFIX + form.getAttribute("data-shelf");
    try {
      var found = JSON.parse(shelf.getItem(name) || "null");
      if (found && Date.now() - found.at < DAYS * 864e5) { if (!form.querySelector(".f--bad")) put(form, found.values); }
      else shelf.removeItem(name);
    } catch (e) { /* something else lies there */ }
    function save() {
      try { shelf.setItem(name, JSON.stringify({ at: Date.now(), values: read(form) })); } catch (e) { /* full */ }
    }
    form.addEventListener("input", save);
    form.addEventListener("change", save);
  }

  each("[data-shelf-done]", function (mark) { try { shelf.removeItem(PREFIX + mark.getAttribute("data-shelf-done")); } catch (e) { /* gone */ } });
  each("form[data-shelf]", watch);
})();
