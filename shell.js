// Before the first paint: the theme, and what a frame needs even where module scripts are refused.
// A classic script, because a sandboxed frame without `Access-Control-Allow-Origin` loads no other kind.
(() => {
  const root = document.documentElement;
  const view = new URLSearchParams(location.hash.split("?")[1] ?? "");

  const stored = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // a sandboxed or foreign frame has no storage
    }
  };
  const known = (theme) => (theme === "light" || theme === "dark" ? theme : null);
  root.dataset.theme =
    known(view.get("theme")) ??
    known(stored()) ??
    (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  if (view.get("embed") === "1") root.dataset.embed = "1";

  // Says a sentence in the shell. Once the page is mounted the shell is gone, and the page speaks for itself.
  const say = (sentence) => {
    const status = document.getElementById("shell-status");
    if (status) {
      status.textContent = sentence;
      status.dataset.state = "failed";
      document.getElementById("app")?.removeAttribute("aria-busy");
    }
  };
  window.murmurationShell = { say };

  // `error` of a script does not bubble, so it is caught on its way down.
  addEventListener(
    "error",
    (event) => {
      if (event.target?.id === "boot") {
        say("This frame may not load the laboratory here: its host does not allow it. The link opens it on its own page.");
      }
    },
    true,
  );
  addEventListener("DOMContentLoaded", () => {
    const open = document.getElementById("shell-open");
    if (open) open.href = location.href.replace(/([?&])embed=1(&|$)/, "$1").replace(/[?&]$/, "");
  });
})();
