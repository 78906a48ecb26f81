"use strict";
const part = (id) => document.getElementById(id);
const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const utf8 = (text) => new TextEncoder().encode(text);
const sealed = part("sealed");

function say(name) {
  part("said").textContent = name ? sealed.dataset[name] : "";
}

// The document inside. Throws OperationError where the password, or any byte of the file, is not the right one.
async function unsealed(password) {
  const { salt, iv, iterations, scheme } = sealed.dataset;
  const typed = await crypto.subtle.importKey("raw", utf8(password), "PBKDF2", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt: bytes(salt), iterations: Number(iterations) },
    typed, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
  const plain = await crypto.subtle.decrypt(
    { name: "AES-GCM", iv: bytes(iv), additionalData: utf8(scheme) }, key, bytes(sealed.textContent));
  return new TextDecoder().decode(plain);
}

// Shown in a frame in which no script runs, whatever its text says.
function show(html) {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-same-origin allow-modals");
  frame.title = document.title;
  frame.srcdoc = html;
  part("opened").append(frame);
  part("closed").hidden = true;
  part("opened").hidden = false;
  part("print").onclick = () => frame.contentWindow.print();
  part("close").onclick = () => location.reload();
  frame.focus();
}

part("lock").onsubmit = async (event) => {
  event.preventDefault();
  const password = part("password"), button = part("open");
  button.disabled = true;
  say("working");
  try {
    const html = await unsealed(password.value);
    password.value = "";
    say("");
    show(html);
  } catch {
    say("wrong");
    password.select();
  }
  button.disabled = false;
};

if (globalThis.crypto?.subtle) {
  part("lock").hidden = false;
  part("password").focus();
} else {
  say("old");
}
