"""What each facility needs: dated, cited, executable doctrine."""
