import { mount } from "svelte";
import App from "./App.svelte";
import "./app.css";
import { router } from "./router.svelte";

router.listen();
mount(App, { target: document.getElementById("app")! });
