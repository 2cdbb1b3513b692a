// Keeps an open page up to date. Without it everything can be read; a reload does what it does.
"use strict";

const spans = [[31557600, "y"], [172800, "d", 86400], [3600, "h"], [60, "min"]];
const MOST_ROWS = 300;
const title = document.title;
const skew = Date.parse(document.documentElement.dataset.now) - Date.now(); // the service's clock, since this one may be wrong
let unseen = 0;

function ago(moment) {
  const seconds = (Date.now() + skew - moment) / 1000;
  if (Math.abs(seconds) < 60) return "now";
  const [from, unit, size] = spans.find(([least]) => Math.abs(seconds) >= least);
  const told = `${Math.floor(Math.abs(seconds) / (size || from))} ${unit}`;
  return seconds > 0 ? told : `in ${told}`;
}

function age() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const told = ago(Date.parse(time.dateTime));
    if (time.textContent !== told) time.textContent = told;
  }
}

function follow(list) {
  const now = document.getElementById("now"), spoken = document.getElementById("spoken"), strip = document.getElementById("strip");
  const url = new URL(list.dataset.live, location.href);
  let last = list.dataset.newest, source;

  function state(name, words) {
    now.hidden = false;
    now.dataset.state = name;
    now.textContent = words;
  }

  function put(event) {
    last = event.lastEventId;
    const cut = event.data.indexOf("\n");
    const told = document.createRange().createContextualFragment(event.data.slice(cut + 1)).firstElementChild;
    if (!told || document.getElementById(told.id)) return;
    told.classList.add("fresh");
    list.prepend(told);
    document.getElementById("empty").hidden = true;
    spoken.textContent = event.data.slice(0, cut);
    while (list.children.length > MOST_ROWS) list.lastElementChild.remove();
    if (document.hidden) document.title = `(${++unseen}) ${title}`;
  }

  function open() {
    url.searchParams.set("after", last);
    source = new EventSource(url);
    source.addEventListener("open", () => state("live", "live"));
    source.addEventListener("alert", put);
    source.addEventListener("strip", (event) => { strip.innerHTML = event.data; last = event.lastEventId; });
    source.addEventListener("error", () => {
      state("lost", "no connection; what is shown may be old");
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 5000);
    });
  }

  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { unseen = 0; document.title = title; } });
  open();
}

// j and k go from alert to alert, / goes to the search, as in a mail reader.
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  if (event.key === "/") {
    event.preventDefault();
    location.assign("/search");
  }
  if (event.key !== "j" && event.key !== "k") return;
  const links = [...document.querySelectorAll(".alert .line a")];
  const at = links.indexOf(document.activeElement), to = links[event.key === "j" ? at + 1 : Math.max(at - 1, 0)];
  if (to) to.focus();
});

const list = document.getElementById("alerts");
if (list && list.dataset.live) follow(list);
setInterval(age, 20000);
