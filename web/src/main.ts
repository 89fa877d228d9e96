import { mount } from "svelte";
import App from "./App.svelte";
import "./styles/tokens.css";
import "./styles/base.css";

mount(App, { target: document.getElementById("app")! });

if (import.meta.env.PROD && "serviceWorker" in navigator) {
  navigator.serviceWorker.register("/sw.js").catch(() => undefined); // it does without, as long as there is a connection
}

// The node has another client than the one that is open here: begin anew with that, but not over and over.
addEventListener("vite:preloadError", () => {
  const last = Number(sessionStorage.getItem("parlour.reloaded"));
  if (!navigator.onLine || Date.now() - last < 60_000) return;
  sessionStorage.setItem("parlour.reloaded", String(Date.now()));
  location.reload();
});
