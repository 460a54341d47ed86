"""Numbers to cells: from curves to rows of coloured characters, without Textual."""
