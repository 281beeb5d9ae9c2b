/** A missing program on this machine; the one-line message contains what is missing and how to install it. */
export class MissingPrerequisite extends Error {}
