"""The four networks of the paper (Cunegatti et al., Appendix A.2, Table 5), for images of any size.

Every one starts from Kaiming-normal weights drawn from its own generator and says in `input_shape` which
images it reads.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn


def conv6(classes: int = 10, size: int = 32, channels: int = 3, seed: int = 0) -> nn.Module:
    """Conv-6: a small VGG, three stacks of two convolutions and three linear layers.

    ::

        [conv 3x3, 64 ] x 2, max-pool 2      size x size
        [conv 3x3, 128] x 2, max-pool 2      size/2
        [conv 3x3, 256] x 2, max-pool 2      size/4
        linear 256, linear 256, linear classes

    Batch norm and ReLU follow every convolution and hidden linear layer; all of them have biases. The
    16-channel convolution that Table 5 prints as its first row belongs to the other three networks: with it,
    the parameters would not come to the 2.3 M that Appendix A.2 names.

    Parameters
    ----------
    classes : int
        Outputs.
    size : int
        Height and width of the images, at least 8.
    channels : int
        Channels of the images.
    seed : int
        Seed of the initial weights; torch's global generator is neither read nor moved.

    Returns
    -------
    torch.nn.Module
        Maps float[batch, channels, size, size] to float[batch, classes].

    Raises
    ------
    ValueError
        If a number is too small.

    References
    ----------
    Cunegatti et al., Appendix A.2 and Table 5; Frankle and Carbin (2019), The lottery ticket hypothesis,
    Figure 2.

    Examples
    --------
    >>> model = conv6()
    >>> sum(parameter.numel() for parameter in model.parameters())
    2265418
    >>> sum(weight.numel() for weight in prunable(model).values())
    2261184
    """
    _check(classes, size, channels, least=8)
    widths = [64, 64, 128, 128, 256, 256]
    with torch.device("meta"):
        layers: list[nn.Module] = []
        for k, (before, width) in enumerate(zip([channels] + widths, widths, strict=False)):
            layers += [nn.Conv2d(before, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
            layers += [nn.MaxPool2d(2)] if k % 2 else []
        layers += [nn.Flatten()]
        for before, width in ((256 * (size // 8) ** 2, 256), (256, 256)):
            layers += [nn.Linear(before, width), nn.BatchNorm1d(width), nn.ReLU()]
        model = nn.Sequential(*layers, nn.Linear(256, classes))
    return _initialised(model, (channels, size, size), seed)


def resnet20(classes: int = 10, size: int = 32, channels: int = 3, seed: int = 0) -> nn.Module:
    """Resnet-20: three stages of three residual blocks, 16, 32 and 64 channels wide.

    Where a stage halves the map, the shortcut is a 1x1 convolution (a projection, "option B"); elsewhere it
    is the identity.

    Parameters
    ----------
    classes, size, channels, seed : int
        As for `conv6`; the size is at least 4.

    Returns
    -------
    torch.nn.Module

    Raises
    ------
    ValueError
        If a number is too small.

    References
    ----------
    Cunegatti et al., Table 5; He et al. (2016), Deep residual learning for image recognition, Section 4.2.

    Examples
    --------
    >>> model = resnet20(classes=100)
    >>> model(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 100])
    """
    return _build(ResNet, (3, 16), classes, size, channels, seed)


def resnet32(classes: int = 10, size: int = 32, channels: int = 3, seed: int = 0) -> nn.Module:
    """Resnet-32: `resnet20` with five blocks in a stage.

    Parameters
    ----------
    classes, size, channels, seed : int
        As for `resnet20`.

    Returns
    -------
    torch.nn.Module

    Raises
    ------
    ValueError
        If a number is too small.

    Examples
    --------
    >>> len(prunable(resnet32())) - len(prunable(resnet20()))
    12
    """
    return _build(ResNet, (5, 16), classes, size, channels, seed)


def wide_resnet28_2(classes: int = 10, size: int = 32, channels: int = 3, seed: int = 0) -> nn.Module:
    """Wide-Resnet-28-2: three stages of four pre-activation blocks, twice as wide as `resnet20`.

    Parameters
    ----------
    classes, size, channels, seed : int
        As for `resnet20`.

    Returns
    -------
    torch.nn.Module

    Raises
    ------
    ValueError
        If a number is too small.

    References
    ----------
    Cunegatti et al., Table 5; Zagoruyko and Komodakis (2016), Wide residual networks, Section 2.

    Examples
    --------
    >>> sum(weight.numel() for weight in prunable(wide_resnet28_2()).values())
    1463984
    """
    return _build(WideResNet, (4, 2), classes, size, channels, seed)


#: The paper's networks by name.
ARCHITECTURES: dict[str, Callable[..., nn.Module]] = {
    "conv6": conv6,
    "resnet20": resnet20,
    "resnet32": resnet32,
    "wide_resnet28_2": wide_resnet28_2,
}


def prunable(model: nn.Module) -> dict[str, nn.Parameter]:
    """The weights that pruning may remove: those of convolutions and linear layers, biases left out.

    Parameters
    ----------
    model : torch.nn.Module
        Any network.

    Returns
    -------
    dict of str to torch.nn.Parameter
        By the module's name in the network ("" if the network is one layer), in the order of
        `named_modules`. Conv2d weights are float[out, in / groups, height, width], Linear ones
        float[out, in].

    Examples
    --------
    >>> model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3))
    >>> {name: tuple(weight.shape) for name, weight in prunable(model).items()}
    {'0': (2, 1, 3, 3), '3': (3, 8)}
    """
    layers = (nn.Conv2d, nn.Linear)
    return {name: module.weight for name, module in model.named_modules() if isinstance(module, layers)}


class Residual(nn.Module):
    """The basic residual block: two 3x3 convolutions beside a shortcut, their sum rectified.

    Parameters
    ----------
    before, width : int
        Channels in and out.
    stride : int
        Of the first convolution and of the shortcut, which is a 1x1 convolution where the shape changes and
        the identity where it does not.
    """

    def __init__(self, before: int, width: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.shortcut = nn.Identity()
        if stride != 1 or before != width:
            self.shortcut = nn.Sequential(
                nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map float[batch, before, h, w] to float[batch, width, h/stride, w/stride]."""
        out = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(out)) + self.shortcut(x))


class PreActivation(nn.Module):
    """The wide network's block: batch norm and ReLU stand before each convolution.

    Parameters
    ----------
    before, width, stride : int
        As for `Residual`; the shortcut is a convolution where the width changes.
    """

    def __init__(self, before: int, width: int, stride: int):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(before)
        self.conv1 = nn.Conv2d(before, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.shortcut = None if before == width else nn.Conv2d(before, width, 1, stride, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map float[batch, before, h, w] to float[batch, width, h/stride, w/stride]."""
        active = F.relu(self.bn1(x))
        out = self.conv2(F.relu(self.bn2(self.conv1(active))))
        return out + (x if self.shortcut is None else self.shortcut(active))


class ResNet(nn.Module):
    """A residual network for small images: a convolution, three stages, average pooling, a linear layer.

    Parameters
    ----------
    blocks : int
        Residual blocks in a stage; the network has 6 * blocks + 2 layers.
    width : int
        Channels of the first stage, doubled in each of the next.
    classes, channels : int
        Outputs, and channels of the images.
    """

    def __init__(self, blocks: int, width: int, classes: int, channels: int):
        super().__init__()
        self.conv = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(width)
        self.stages = _stages(Residual, blocks, width, [width, 2 * width, 4 * width])
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(4 * width, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map float[batch, channels, size, size] to float[batch, classes]."""
        x = self.stages(F.relu(self.bn(self.conv(x))))
        return self.linear(torch.flatten(self.pool(x), 1))


class WideResNet(nn.Module):
    """A wide residual network: as `ResNet`, of pre-activation blocks.

    Parameters
    ----------
    blocks : int
        Residual blocks in a stage; the network has 6 * blocks + 4 layers.
    widen : int
        Factor on the widths 16, 32 and 64.
    classes, channels : int
        Outputs, and channels of the images.
    """

    def __init__(self, blocks: int, widen: int, classes: int, channels: int):
        super().__init__()
        widths = [16 * widen, 32 * widen, 64 * widen]
        self.conv = nn.Conv2d(channels, 16, 3, padding=1, bias=False)
        self.stages = _stages(PreActivation, blocks, 16, widths)
        self.bn = nn.BatchNorm2d(widths[-1])
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(widths[-1], classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map float[batch, channels, size, size] to float[batch, classes]."""
        x = F.relu(self.bn(self.stages(self.conv(x))))
        return self.linear(torch.flatten(self.pool(x), 1))


def _stages(block: type[nn.Module], blocks: int, before: int, widths: list[int]) -> nn.Sequential:
    """Blocks in stages; each stage but the first halves the map."""
    stages = []
    for k, width in enumerate(widths):
        strides = [1 if k == 0 else 2] + [1] * (blocks - 1)
        befores = [before] + [width] * (blocks - 1)
        stages.append(nn.Sequential(*(block(b, width, s) for b, s in zip(befores, strides, strict=True))))
        before = width
    return nn.Sequential(*stages)


def _build(network: type[nn.Module], shape: tuple[int, int], classes, size, channels, seed) -> nn.Module:
    _check(classes, size, channels, least=4)
    with torch.device("meta"):
        model = network(*shape, classes, channels)
    return _initialised(model, (channels, size, size), seed)


def _check(classes: int, size: int, channels: int, least: int) -> None:
    if classes < 1 or channels < 1 or size < least:
        raise ValueError(
            f"a class, a channel and images of at least {least} x {least} are needed, not {classes} classes, "
            f"{channels} channels and {size} x {size}"
        )


def _initialised(model: nn.Module, input_shape: tuple[int, int, int], seed: int) -> nn.Module:
    """Give a network that was laid out without memory its first weights.

    Laying it out on the meta device is what keeps torch's global generator out of it.
    """
    model = model.to_empty(device="cpu")
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.reset_parameters()
    model.input_shape = input_shape
    return model
