"""What a person with experience would say about a mail before it goes out: advice, never a refusal.

One module for each thing that is looked at; ``advise`` puts them together, ``letter`` holds what they take and give.
Nothing here knows how a mail is stored. It takes time in proportion to the mail, whatever somebody wrote into it.
"""
