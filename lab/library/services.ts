/** Everything that pages may ask of the library. One line per service; each lives in a file of its own. */
import { checkCell } from "./check.js";
import { describe } from "./describe.js";
import { openPen, writePen } from "./pen.js";
import { question } from "./question.js";
import { findReactions, openModel, readText, writeOn } from "./reader.js";
import { readRun } from "./runs.js";
import { lookAtText } from "./texts.js";
import { trace } from "./trace.js";
import { beginRun, openRun, packRun, trainOn } from "./train.js";
import { watch } from "./watch.js";
import { nearWords, wordAnalogy, wordMap } from "./words.js";

export const services = { describe, trace, question, openPen, writePen, readRun, watch, wordMap, nearWords, wordAnalogy, openModel, readText, findReactions, writeOn, checkCell, lookAtText, beginRun, openRun, trainOn, packRun };

export type Services = typeof services;
