"""What makes a test figure wrong: leaks between the parts, and artefacts that give the label away."""
