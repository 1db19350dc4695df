/** The entry of the Lab's page. */
import { render } from "preact";
import { App } from "./app.js";
import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/frame.css";

render(<App />, document.getElementById("lab")!);
