/** Part of a window's length that its picture shows before and after it. */
export const MARGIN = 0.15
