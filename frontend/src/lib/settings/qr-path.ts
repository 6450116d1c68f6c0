/** Draws a QR code's dark modules as one SVG path on a grid of one unit a module. */
export function qrPath(modules: readonly (readonly boolean[])[]): string {
	return modules.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
}
