// When the screen has ended, open it again as soon as the server can start another one.
setInterval(async () => {
  if (!document.body.classList.contains("-closed")) return;
  try {
    if ((await fetch("/free", { cache: "no-store" })).ok) location.reload();
  } catch {} // the server is down: ask again
}, 2000);

// Keys go to the screen without a click on it.
setInterval(() => {
  const input = document.querySelector(".xterm-helper-textarea");
  if (input && document.activeElement !== input) input.focus();
}, 200);
