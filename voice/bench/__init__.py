"""What a request costs: the shipped server under load, beside plain Flask on the same server.

    wire.py       requests as bytes, signed beforehand; real calls and texts written down
    load.py       a client that sends them over many connections: closed loop and open loop
    rivals.py     what the line is measured against: three small Flask apps
    stage.py      serves one rival as the line is served
    place.py      the servers of a run: started, waited for, their CPU and memory, stopped
    run.py        a whole run
    soak.py       very many requests: does a worker grow?
    growth.py     larger scripts measured; cipher.py makes up their languages
    report.py     figures as tables, and what they mean
    scale.py      what a line of any size needs; journeys.py makes up its callers

Everything is on this machine's own address, in folders of its own, and stops by itself. Figures
drift from run to run and machine to machine; the ratios within one run hold.
"""
