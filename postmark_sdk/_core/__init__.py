"""What is written of the SDK itself, in six rooms, each of which uses only those below it.

From the top: ``call``, ``mail``, ``paging``, ``http``, ``body``, ``schema``. Generated code and ``_behavior`` stand on
this; the way back is ``schema.generated`` alone. No room but ``call`` and ``http`` does I/O.
"""
