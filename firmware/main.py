from beacon.program import start

start()
