/* Writing a post: photos are made smaller here and sent one by one, words are kept on the server and on this phone.
   Without script the same form sends words and photos in one go. Words shown to people come from data- attributes. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-compose]");
  if (!form || !window.Promise || !window.FormData) return;
  var LONGEST = 1600, PREVIEW = 320, SMALL_ENOUGH = 400 * 1024, KEEP_DAYS = 14;
  var data = form.dataset;
  var list = form.querySelector("#picks");
  var input = form.querySelector("input[type=file]");
  var body = form.querySelector("textarea[name=body]");
  var audience = form.querySelector("[name=audience]");
  var place = form.querySelector("[name=place]");
  var status = form.querySelector("#saved");
  var most = Number(data.most) || 9;
  var running = 0, preparing = 0;

  function make(tag, className, parent) {
    var node = document.createElement(tag);
    if (className) node.className = className;
    if (parent) parent.appendChild(node);
    return node;
  }

  function symbol(name, parent) {
    var ns = "http://www.w3.org/2000/svg";
    var svg = document.createElementNS(ns, "svg");
    svg.setAttribute("class", "i");
    svg.setAttribute("aria-hidden", "true");
    var use = document.createElementNS(ns, "use");
    use.setAttribute("href", data.icons + "#i-" + name);
    svg.appendChild(use);
    parent.appendChild(svg);
  }

  function tell(text) { status.textContent = text; }
  function shout(text) { if (window.cunli) window.cunli.say(text, true); }

  /* Hidden fields of the form: the token that says the request comes from this page. */
  function token(into) {
    Array.prototype.forEach.call(form.querySelectorAll("input[type=hidden]:not([name=upload])"), function (field) {
      into.append(field.name, field.value);
    });
    return into;
  }

  // ---- photos ------------------------------------------------------------------------------------------------

  function picks() { return Array.prototype.slice.call(list.children); }

  function keys() {
    return picks().map(function (pick) { return pick.dataset.key; }).filter(Boolean);
  }

  function number() {
    var all = picks();
    all.forEach(function (pick, index) {
      var name = data.photo.replace("#", String(index + 1));
      pick.querySelector("img").alt = name;
      Array.prototype.forEach.call(pick.querySelectorAll(".pick__b button"), function (button) {
        button.setAttribute("aria-label", button.dataset.words + "：" + name);
      });
      pick.querySelector("[data-move='-1']").disabled = index === 0;
      pick.querySelector("[data-move='1']").disabled = index === all.length - 1;
    });
    input.disabled = all.length >= most;
  }

  function button(parent, name, words, act) {
    var node = make("button", "", parent);
    node.type = "button";
    node.dataset.words = words;
    symbol(name, node);
    node.addEventListener("click", act);
    return node;
  }

  function tools(pick) {
    var bar = make("div", "pick__b", pick);
    [[-1, "chevron-left", data.left], [1, "chevron-right", data.right]].forEach(function (way) {
      var node = button(bar, way[1], way[2], function () {
        if (way[0] < 0) list.insertBefore(pick, pick.previousElementSibling);
        else list.insertBefore(pick.nextElementSibling, pick);
        number();
        (node.disabled ? bar.lastChild : node).focus();
        changed();
      });
      node.setAttribute("data-move", String(way[0]));
    });
    button(bar, "trash", data.remove, function () { drop(pick); });
  }

  function drop(pick) {
    var next = pick.nextElementSibling || pick.previousElementSibling;
    if (pick.request) pick.request.abort();
    if (pick.dataset.key) fetchPost(data.upload + "/" + encodeURIComponent(pick.dataset.key) + "/remove", token(new FormData()));
    pick.remove();
    number();
    changed();
    (next ? next.querySelector("button:not([disabled])") : input).focus();
  }

  function own(pick) {
    var field = make("input", "", pick);
    field.type = "hidden";
    field.name = "upload";
    field.value = pick.dataset.key;
  }

  function failed(pick, text, again) {
    var note = pick.querySelector(".pick__e") || make("p", "pick__e", pick);
    note.textContent = text;
    if (!again) return;
    pick.waiting = again;
    var retry = make("button", "", note);
    retry.type = "button";
    retry.textContent = data.again;
    retry.addEventListener("click", again);
  }

  function answer(request) {
    try { return JSON.parse(request.responseText); } catch (e) { return {}; }
  }

  function send(pick, blob) {
    var again = function () { send(pick, blob); };
    var note = pick.querySelector(".pick__e");
    if (note) note.remove();
    pick.waiting = null;
    var bar = make("progress", "", pick);
    bar.max = 100;
    var content = token(new FormData());
    content.append("photo", blob, blob.name || "photo.jpg");
    var request = pick.request = new XMLHttpRequest();
    running += 1;
    request.open("POST", data.upload);
    request.upload.addEventListener("progress", function (event) {
      if (event.lengthComputable) bar.value = Math.round(event.loaded / event.total * 100);
    });
    request.addEventListener("loadend", function () {
      running -= 1;
      pick.request = null;
      bar.remove();
      if (pick.isConnected) {
        if (request.status === 201) arrived(pick, answer(request));
        else if (request.status >= 400 && request.status < 500) failed(pick, answer(request).error || data.lost, null);
        else failed(pick, data.lost, again);
      }
      goOn();
    });
    request.send(content);
  }

  function arrived(pick, upload) {
    pick.dataset.key = upload.key;
    var picture = pick.querySelector("img");
    if (!picture.getAttribute("src")) picture.src = upload.url;
    own(pick);
    changed();
  }

  /* The picture upright, at most `longest` on a side. Rejects for formats this browser cannot read (the server may). */
  function read(file) {
    if (window.createImageBitmap) return createImageBitmap(file, { imageOrientation: "from-image" }).catch(function () { return readSlowly(file); });
    return readSlowly(file);
  }

  function readSlowly(file) {
    return new Promise(function (resolve, reject) {
      var reader = new FileReader();
      reader.onerror = reject;
      reader.onload = function () {
        var image = new Image();
        image.onload = function () { resolve(image); };
        image.onerror = reject;
        image.src = reader.result;
      };
      reader.readAsDataURL(file);
    });
  }

  function draw(source, longest) {
    var scale = Math.min(1, longest / Math.max(source.width, source.height));
    var canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(source.width * scale));
    canvas.height = Math.max(1, Math.round(source.height * scale));
    var pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(source, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  function shrink(file, source) {
    var small = Math.max(source.width, source.height) <= LONGEST && file.size <= SMALL_ENOUGH;
    if (small) return Promise.resolve(file);
    return new Promise(function (resolve) {
      draw(source, LONGEST).toBlob(function (blob) { resolve(blob && blob.size < file.size ? blob : file); }, "image/jpeg", 0.82);
    });
  }

  /* One photo at a time: a cheap phone has no memory for nine canvases. */
  function take(file) {
    var pick = make("li", "pick", list);
    var picture = make("img", "", pick);
    tools(pick);
    number();
    preparing += 1;
    return read(file).then(function (source) {
      picture.src = draw(source, PREVIEW).toDataURL("image/jpeg", 0.7);
      return shrink(file, source).then(function (blob) {
        if (source.close) source.close();
        return blob;
      });
    }).catch(function () { return file; }).then(function (blob) {
      preparing -= 1;
      if (pick.isConnected) send(pick, blob);
      else goOn();
    });
  }

  input.addEventListener("change", function () {
    var room = most - picks().length;
    var files = Array.prototype.slice.call(input.files);
    if (files.length > room) shout(data.many);
    files.slice(0, room).reduce(function (before, file) {
      return before.then(function () { return take(file); });
    }, Promise.resolve());
    input.value = ""; // sent one by one from here on, so not again with the form
  });

  window.addEventListener("online", function () {
    picks().forEach(function (pick) { if (pick.waiting) pick.waiting(); });
    if (dirty) save();
  });

  // ---- words -------------------------------------------------------------------------------------------------

  var shelf = "cunli.draft." + data.keep;
  var dirty = false, sending = false, timer = 0, saving = null;

  function shelve(sent) {
    try {
      localStorage.setItem(shelf, JSON.stringify({ body: body.value, at: Date.now(), sent: !!sent }));
    } catch (e) { /* private window or full: the server still keeps the draft */ }
  }

  function shelved() {
    try {
      var record = JSON.parse(localStorage.getItem(shelf));
      return record && Date.now() - record.at < KEEP_DAYS * 864e5 ? record : null;
    } catch (e) { return null; }
  }

  function unshelve() { try { localStorage.removeItem(shelf); } catch (e) { /* nothing was kept */ } }

  function fetchPost(url, content) {
    return fetch(url, { method: "POST", body: content, credentials: "same-origin", redirect: "manual" });
  }

  function save() {
    clearTimeout(timer);
    if (!data.draft || sending) return;
    var content = new FormData();
    content.append("body", body.value);
    if (audience) content.append("audience", audience.value);
    if (place) content.append("place", place.value);
    content.append("uploads", keys().join(","));
    dirty = false;
    var mine = saving = fetchPost(data.draft, token(content)).then(function (response) {
      if (response.status !== 204) throw new Error(String(response.status));
      if (mine !== saving) return;
      if (!dirty) unshelve();
      tell(data.saved);
    }).catch(function () {
      dirty = true;
      tell(data.local);
    });
  }

  function changed() {
    dirty = true;
    shelve(false);
    clearTimeout(timer);
    timer = setTimeout(save, 1500);
  }

  function offer(record) {
    tell("");
    var back = make("button", "btn btn--s", status);
    back.type = "button";
    back.textContent = data.offer;
    back.addEventListener("click", function () { restore(record); body.focus(); });
  }

  function restore(record) {
    body.value = record.body;
    tell(data.back);
    changed();
  }

  body.addEventListener("input", changed);
  if (audience) audience.addEventListener("change", changed);
  if (place) place.addEventListener("input", changed);
  document.addEventListener("visibilitychange", function () { if (document.hidden && dirty) save(); });

  /* 发出去 was pressed while photos were on their way: it goes out by itself when the last one has arrived. */
  var pressed = null;

  function goOn() {
    if (!pressed || running > 0 || preparing > 0) return;
    var button = pressed;
    pressed = null;
    if (list.querySelector(".pick__e")) return shout(data.lost);
    button.click();
  }

  form.addEventListener("submit", function (event) {
    if (running > 0 || preparing > 0) {
      event.preventDefault();
      pressed = event.submitter || document.querySelector("[form=" + form.id + "]:not([name])");
      tell(data.wait);
      return;
    }
    sending = true; // a late save must not bring back the draft of what has just been sent
    clearTimeout(timer);
    if (dirty) shelve(true);
  });
  window.addEventListener("pageshow", function () { sending = false; });

  picks().forEach(function (pick) {
    pick.querySelector(".opt").remove();
    tools(pick);
    own(pick);
  });
  number();

  var record = shelved();
  if (record && record.body && record.body !== body.value) {
    if (body.value || record.sent) offer(record);
    else restore(record);
  }
})();
