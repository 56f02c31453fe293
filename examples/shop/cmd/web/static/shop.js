const api = document.documentElement.dataset.api;
const $ = (id) => document.getElementById(id);

async function call(method, path, body) {
  const json = body && !(body instanceof FormData);
  const res = await fetch(api + path, {
    method,
    credentials: "same-origin",
    headers: json ? { "Content-Type": "application/json" } : {},
    body: json ? JSON.stringify(body) : body,
  });
  if (!res.ok) throw new Error((await res.text()) || res.statusText);
  return res.status === 204 ? null : res.json();
}

function fill(list, rows, show) {
  list.replaceChildren(...rows.map((row) => {
    const li = document.createElement("li");
    show(li, row);
    return li;
  }));
}

async function refresh() {
  let me;
  try { me = await call("GET", "/me"); } catch { me = null; }
  $("login").hidden = !!me;
  $("shop").hidden = !me;
  $("who").textContent = me ? me.email : "";
  if (!me) return;
  fill($("items"), await call("GET", "/items"), (li, item) => { li.textContent = item.name; });
  fill($("files"), await call("GET", "/files"), (li, file) => {
    const a = document.createElement("a");
    a.href = api + "/files/" + encodeURIComponent(file.name);
    a.textContent = `${file.name} (${file.size} bytes)`;
    li.append(a);
  });
}

function on(id, send) {
  $(id).addEventListener("submit", async (e) => {
    e.preventDefault();
    $("message").textContent = "";
    try { await send(new FormData(e.target)); e.target.reset(); await refresh(); }
    catch (err) { $("message").textContent = err.message; }
  });
}

on("login", (f) => call("POST", "/login", { email: f.get("email"), password: f.get("password") }));
on("add", (f) => call("POST", "/items", { name: f.get("name") }));
on("upload", (f) => call("POST", "/files", f));
refresh();
