/** What the page of the pen knows without asking: lines of a text, and how strokes become pictures. Plain functions of the library. */
export { layOut, linesToWrite, strokesToSvg } from "unrolled/systems/handwriting";
