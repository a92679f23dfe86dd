// NiceGUI's end of a live part: it renders nothing, and hands every update to live.js.
export default {
  props: { part: Object },
  render() {
    return null;
  },
  watch: {
    part(part) {
      document.dispatchEvent(new CustomEvent("pairgrant:part", { detail: part }));
    },
  },
};
