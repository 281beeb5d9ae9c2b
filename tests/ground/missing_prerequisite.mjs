/** Something is not installed on this machine; the message says, in one line, what and how to get it. */
export class MissingPrerequisite extends Error {}
