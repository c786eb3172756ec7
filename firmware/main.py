from chooser import main

main()
