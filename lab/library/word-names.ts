/** What the page of words knows without asking: where names go on a picture. Plain functions of the library. */
export { DOT, NAME_SIZE, placeNames, type NamedDot, type PlacedName } from "unrolled/systems/vectors";
