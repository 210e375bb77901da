// Runs before the first paint, so that a dark screen never flashes white and a slim menu never jumps. Not a module for that reason.
(function () {
  const root = document.documentElement;
  try {
    const theme = localStorage.getItem("theme");
    const slim = localStorage.getItem("slim");
    if (theme) root.dataset.theme = theme;
    if (slim || (slim === null && innerWidth < 1360)) root.classList.add("slim");
  } catch {
    // private windows have no storage: the system's choice stands
  }
  root.classList.add("script");
})();
