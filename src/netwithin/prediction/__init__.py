"""What a sparse network's shape says about its accuracy: regression and ranking (the paper's Section 4).

`released` holds what the paper's authors measured, `features` what a drop is predicted from, `regression`
how well, `ranking` the topometric mixture and its rivals, and `choosing` tries them on networks they have
not seen. Everything here needs scikit-learn, so it is imported by name only:
`from netwithin.prediction import ranking`.

Examples
--------
>>> from netwithin.prediction import ranking, released
>>> accuracy = released.published_accuracy()["CIFAR-10", "Resnet-20", 0.98]
>>> ranking.ranking(accuracy)[:2]
['ERK', 'GraSP']
"""
