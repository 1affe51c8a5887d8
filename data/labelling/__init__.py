"""Labels by people: exchange with labelling tools, agreement between coders, what to label next, likely errors."""
