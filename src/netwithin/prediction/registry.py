# ruff: noqa: E501
"""The files of the paper's released measurements, each with the SHA-256 of its uncompressed bytes."""

#: The authors' repository, at the commit that was hashed.
ORIGIN = "https://raw.githubusercontent.com/eliacunegatti/mge-snn/02ba1eb7c9751ec92f3e0cfa76193b32b16cd32b/graph_data"

#: SHA-256 by the path below the folder `mge` of `NETWITHIN_DATA`, less its `.gz`.
SHA256 = {
    "ramanujan/rolled-CIFAR-10-CONV-6.csv": "4052bf69a8ea58c7e2be09e97a1bcc41777de4b2da3b19830fe0bc2e0b09aa9b",
    "ramanujan/rolled-CIFAR-10-Resnet-20.csv": "d2e221e43931b535d34f12439a09417fc7202269b5280e0e0aa03e66d3fab40b",
    "ramanujan/rolled-CIFAR-10-Resnet-32.csv": "baa140479fda23d64ebbb48bc4d762cb8dffb9c8d48db1eb1a3cafef0591626e",
    "ramanujan/rolled-CIFAR-10-Wide-Resnet-28-2.csv": "443ea40a55b7a6c62e366c3cd656d4b5fba9b6c45d732c13a47955f6d634f7d4",
    "ramanujan/rolled-CIFAR-100-CONV-6.csv": "4d95cb14f015afe56db72a5810575ae472c433921f7689a35b0709a44e6a9384",
    "ramanujan/rolled-CIFAR-100-Resnet-20.csv": "3b07a6f6b9ec407f78f38395cbfcf34a41eefded3904ded23b18fc3f18304058",
    "ramanujan/rolled-CIFAR-100-Resnet-32.csv": "de4e4da5fd77f27746fcab2c594c7c03dbf3dd39718f58e6e94d1d5a2e9f5d90",
    "ramanujan/rolled-CIFAR-100-Wide-Resnet-28-2.csv": "1774a283b74a91fd64b06f92dcfe545f02e147652798191a1029da9efa354e0c",
    "ramanujan/rolled-tinyimagenet-CONV-6.csv": "74f02c33f6b306e3e35f8c4f4407aac71473b070dd617173205003af5f4730c3",
    "ramanujan/rolled-tinyimagenet-Resnet-20.csv": "6878801aea3157e093873ed8dcb643d8d0b305ccc5db7a53b5b1a70401fda158",
    "ramanujan/rolled-tinyimagenet-Resnet-32.csv": "6e44b8071a75f9224896519acd99bcff391cb83b19f5a9ee1611b6c112e37d78",
    "ramanujan/rolled-tinyimagenet-Wide-Resnet-28-2.csv": "cbf18b1fdc0e7cedc6b9bbfc30edfc00eac614f1ddb7cc572eaefda9e718c74d",
    "rolled/rolled-CIFAR-10-CONV-6.csv": "d73ce433e48e5d907bfa10ec570015949129d6862ebf55302d2d174300a8c910",
    "rolled/rolled-CIFAR-10-Resnet-20.csv": "6707d78dc7a3bd4cfedd6497ff27bc4fa47e72f4bd5e3cc94139e83f1900251d",
    "rolled/rolled-CIFAR-10-Resnet-32.csv": "9bd566a469d9f63a00faf2b4f2ff27f40a3973cd1aed1c168413520cd94820f6",
    "rolled/rolled-CIFAR-10-Wide-Resnet-28-2.csv": "c0860a000039d3a0214854260cbe45959fe523d01a3242f024231f4bf79d2437",
    "rolled/rolled-CIFAR-100-CONV-6.csv": "593306d9d619c35739bd78ada99f0d9a603b2cb30be1126cf453ca7f8aaf7561",
    "rolled/rolled-CIFAR-100-Resnet-20.csv": "7642f2c555f791d4fdfb3d46c0388a6a6c3f67b2949db4df10783b61544d01b8",
    "rolled/rolled-CIFAR-100-Resnet-32.csv": "75be9ca62644ae7bd0745fb1cd53d2a84381fcd816c1ecbdc04b4a10a7824bd1",
    "rolled/rolled-CIFAR-100-Wide-Resnet-28-2.csv": "9901e3daa03ab1954b64e3aac8a9a27bb72d5fa4140ba47159265f82147e14e9",
    "rolled/rolled-tinyimagenet-CONV-6.csv": "5d9999aa2cbe3136a1ff1ea8832b1a737d47c7fa1e580d7baa1c642548f696c3",
    "rolled/rolled-tinyimagenet-Resnet-20.csv": "1a439b4a925f74417fb804c47480400945b932c0e2a0a4a5b08e6f845511e4ec",
    "rolled/rolled-tinyimagenet-Resnet-32.csv": "b68be267fdb8719b963f3a3af021e92fd44f0960cf195c2c2f33d037609bf521",
    "rolled/rolled-tinyimagenet-Wide-Resnet-28-2.csv": "7e0741661321add5348133140e1d3c0700d998bd5ae6c41b7bbe152e69dc4057",
    "rolled_channel/rolled_channel-CIFAR-10-CONV-6.csv": "d47509a6707fca4e30aa5a2acb699b77deeef4ce34c74ea527efcee5ed89e73b",
    "rolled_channel/rolled_channel-CIFAR-10-Resnet-20.csv": "08052243ffe080fcacb9c893d94c1b718344f5ed11c652784d92719c932e1b44",
    "rolled_channel/rolled_channel-CIFAR-10-Resnet-32.csv": "ae9ef007f65ebd3d37d9d2446436a3d912ed75a057c8a876a92da148fec2567b",
    "rolled_channel/rolled_channel-CIFAR-10-Wide-Resnet-28-2.csv": "f71108ccf4ab47f37e61e3f9b70275f3c75a283211f68ac7eda78acefb868185",
    "rolled_channel/rolled_channel-CIFAR-100-CONV-6.csv": "4750e7541a63e719ecf976a7a42866eabc9a76a988f440f6ef8e6745a8658812",
    "rolled_channel/rolled_channel-CIFAR-100-Resnet-20.csv": "1647c62abf0b80bd99a74cee090cc21e5011bf16fd587a6a5c9d5f8eb7c7a3e3",
    "rolled_channel/rolled_channel-CIFAR-100-Resnet-32.csv": "530670e434c97de8e0dab069d079b975697059120f7664aeab074d1748f557a1",
    "rolled_channel/rolled_channel-CIFAR-100-Wide-Resnet-28-2.csv": "8f0574f3e226164407da21cc5a969cdc38f5d176a5e0fa15d2ba24a747b6a793",
    "rolled_channel/rolled_channel-tinyimagenet-CONV-6.csv": "3a733c977f68f17b833897958219e33c0e05043220ae8e1813a6673a705a208b",
    "rolled_channel/rolled_channel-tinyimagenet-Resnet-20.csv": "502948250fe071dcaa8314cdce06dc4cc3e91c6ca197ddbcc4f0b1b0a3bdbf22",
    "rolled_channel/rolled_channel-tinyimagenet-Resnet-32.csv": "b86013ae78c96be9a5b9f114b87ee9f9b0748c1f54b378d6c8b139e9f84cedf9",
    "rolled_channel/rolled_channel-tinyimagenet-Wide-Resnet-28-2.csv": "707712be09ef605483a44653fe290920ef6ed22265dceedc18ceca85b9c0b6ee",
    "unrolled/unrolled.csv": "79a012e6ea6a0e52c1529ff5797e6018907f92aee9a61194d9e2d58b2bda3ab4",
}


def url(path: str) -> str:
    """The address of a file, which lies in another folder there than here.

    Examples
    --------
    >>> url("ramanujan/rolled-CIFAR-10-CONV-6.csv").removeprefix(ORIGIN)
    '/ramanunjan_results/CONV-6/rolled-CIFAR-10-CONV-6.csv'
    >>> url("unrolled/unrolled.csv").removeprefix(ORIGIN)
    '/graph_metrics/unrolled/unrolled.csv'
    """
    folder, name = path.split("/")
    if folder != "ramanujan":
        return f"{ORIGIN}/graph_metrics/{path}"
    dataset = next(d for d in ("CIFAR-100", "CIFAR-10", "tinyimagenet") if name.startswith(f"rolled-{d}-"))
    architecture = name.removeprefix(f"rolled-{dataset}-").removesuffix(".csv")
    return f"{ORIGIN}/ramanunjan_results/{architecture}/{name}"
