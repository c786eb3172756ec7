from beacon.start import start
start()
