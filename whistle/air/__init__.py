"""`whistle air`: frames and radio plans in a technician's hands. Nothing here touches a radio."""
