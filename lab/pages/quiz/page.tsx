export default function Quiz() {
  return <h1 tabIndex={-1}>Quiz</h1>;
}
