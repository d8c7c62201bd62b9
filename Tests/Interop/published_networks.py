"""The built-in architectures as their authors or torchvision publish them for PyTorch: their names, order and form.

Written down from the published code (torchvision 0.28 and 0.29; kuangliu/pytorch-cifar, chenyaofo/pytorch-cifar-models,
xternalz/WideResNet-pytorch as in yaodongyu/TRADES, gpleiss/efficient_densenet_pytorch, locuslab/convex_adversarial,
locuslab/fast_adversarial, timm 1.0), not from the descriptions they are compared with. Widths are arguments; stochastic depth,
the identity outside of training, is left out.
"""

import math
from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional as F


def sequential(*modules):
    return nn.Sequential(*modules)


# Networks for MNIST and toys, chains all of them.


def tinycnn(classes=3):
    return sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(27, classes))


def mlp(hidden, classes=3):
    layers = [nn.Flatten()]
    for inputs, outputs in zip([64, *hidden], hidden):
        layers += [nn.Linear(inputs, outputs), nn.Tanh()]
    return sequential(*layers, nn.Linear(hidden[-1], classes))


class LeNet5(nn.Module):
    """As in PyTorch's tutorials, with the tanh and average pooling of the paper."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.avg_pool2d(torch.tanh(self.conv1(x)), 2)
        x = F.avg_pool2d(torch.tanh(self.conv2(x)), 2)
        x = torch.tanh(self.fc1(torch.flatten(x, 1)))
        return self.fc3(torch.tanh(self.fc2(x)))


def digits_cnn(width=16):
    def block(inputs, outputs):
        return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]

    return sequential(
        *block(1, width), *block(width, 2 * width), nn.MaxPool2d(2), *block(2 * width, 2 * width), nn.Flatten(),
        nn.Linear(2 * width * 16, 10))


def digits_cnn_plain(width=16):
    return sequential(
        nn.Conv2d(1, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU(),
        nn.MaxPool2d(2), nn.Conv2d(2 * width, 2 * width, 3, padding=1), nn.ReLU(), nn.Flatten(),
        nn.Linear(2 * width * 16, 10))


def mnist_small():
    return sequential(
        nn.Conv2d(1, 16, 4, stride=2, padding=1), nn.ReLU(), nn.Conv2d(16, 32, 4, stride=2, padding=1), nn.ReLU(),
        nn.Flatten(), nn.Linear(32 * 7 * 7, 100), nn.ReLU(), nn.Linear(100, 10))


def mnist_madry():
    return sequential(
        nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2, 2),
        nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2, 2),
        nn.Flatten(), nn.Linear(7 * 7 * 64, 1024), nn.ReLU(), nn.Linear(1024, 10))


def mnist_large():
    return sequential(
        nn.Conv2d(1, 32, 3, stride=1, padding=1), nn.ReLU(), nn.Conv2d(32, 32, 4, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(32, 64, 3, stride=1, padding=1), nn.ReLU(), nn.Conv2d(64, 64, 4, stride=2, padding=1), nn.ReLU(),
        nn.Flatten(), nn.Linear(64 * 7 * 7, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


class SmallCNN(nn.Module):
    """TRADES' models/small_cnn.py."""

    def __init__(self, drop=0.5):
        super().__init__()
        self.feature_extractor = nn.Sequential(OrderedDict([
            ("conv1", nn.Conv2d(1, 32, 3)), ("relu1", nn.ReLU()), ("conv2", nn.Conv2d(32, 32, 3)),
            ("relu2", nn.ReLU()), ("maxpool1", nn.MaxPool2d(2, 2)),
            ("conv3", nn.Conv2d(32, 64, 3)), ("relu3", nn.ReLU()), ("conv4", nn.Conv2d(64, 64, 3)),
            ("relu4", nn.ReLU()), ("maxpool2", nn.MaxPool2d(2, 2))]))
        self.classifier = nn.Sequential(OrderedDict([
            ("fc1", nn.Linear(64 * 4 * 4, 200)), ("relu1", nn.ReLU()), ("drop", nn.Dropout(drop)),
            ("fc2", nn.Linear(200, 200)), ("relu2", nn.ReLU()), ("fc3", nn.Linear(200, 10))]))

    def forward(self, x):
        return self.classifier(self.feature_extractor(x).view(-1, 64 * 4 * 4))


def ibp_small():
    return sequential(
        nn.Conv2d(1, 16, 4, stride=2), nn.ReLU(), nn.Conv2d(16, 32, 4, stride=1), nn.ReLU(), nn.Flatten(),
        nn.Linear(32 * 10 * 10, 100), nn.ReLU(), nn.Linear(100, 10))


def ibp_medium():
    return sequential(
        nn.Conv2d(1, 32, 3, stride=1), nn.ReLU(), nn.Conv2d(32, 32, 4, stride=2), nn.ReLU(),
        nn.Conv2d(32, 64, 3, stride=1), nn.ReLU(), nn.Conv2d(64, 64, 4, stride=2), nn.ReLU(), nn.Flatten(),
        nn.Linear(64 * 4 * 4, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


def ibp_large():
    """TensorFlow's 'same' padding puts the odd zero of the strided layer at the bottom and the right."""
    return sequential(
        nn.Conv2d(1, 64, 3, padding="same"), nn.ReLU(), nn.Conv2d(64, 64, 3, padding="same"), nn.ReLU(),
        nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(64, 128, 3, stride=2), nn.ReLU(),
        nn.Conv2d(128, 128, 3, padding="same"), nn.ReLU(), nn.Conv2d(128, 128, 3, padding="same"), nn.ReLU(),
        nn.Flatten(), nn.Linear(128 * 14 * 14, 512), nn.ReLU(), nn.Linear(512, 10))


# Residual networks.


class Normalize(nn.Module):
    """The layer robust checkpoints carry along, mean and deviation as buffers; or, not `stored`, the function that
    others apply outside of the model, of which a state_dict knows nothing."""

    def __init__(self, mean, std, stored):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=stored)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=stored)

    def forward(self, x):
        return (x - self.mean) / self.std


def cifar10_normalize(stored):
    return Normalize([0.4914, 0.4822, 0.4465], [0.2471, 0.2435, 0.2616], stored)


def conv3x3(inputs, outputs, stride=1):
    return nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)


def conv1x1(inputs, outputs, stride=1):
    return nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False)


class BasicBlock(nn.Module):
    """The shortcut's convolution is called `downsample` by torchvision, `shortcut` by others."""

    expansion = 1

    def __init__(self, inputs, planes, stride, side):
        super().__init__()
        self.conv1 = conv3x3(inputs, planes, stride)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = conv3x3(planes, planes)
        self.bn2 = nn.BatchNorm2d(planes)
        self.side = side
        if stride != 1 or inputs != planes:
            setattr(self, side, nn.Sequential(conv1x1(inputs, planes, stride), nn.BatchNorm2d(planes)))

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(out + getattr(self, self.side, nn.Identity())(x))


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inputs, planes, stride, side):
        super().__init__()
        self.conv1 = conv1x1(inputs, planes)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = conv3x3(planes, planes, stride)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = conv1x1(planes, 4 * planes)
        self.bn3 = nn.BatchNorm2d(4 * planes)
        if stride != 1 or inputs != 4 * planes:
            self.downsample = nn.Sequential(conv1x1(inputs, 4 * planes, stride), nn.BatchNorm2d(4 * planes))

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        return F.relu(self.bn3(self.conv3(out)) + getattr(self, "downsample", nn.Identity())(x))


class ResNet(nn.Module):
    """Torchvision's, and with `imagenet=False` the CIFAR forms: three or four stages after a 3×3 convolution."""

    def __init__(self, block, counts, width, classes, imagenet=True, side="downsample", head="fc", normalize=None):
        super().__init__()
        self.imagenet, self.head = imagenet, head
        if normalize is not None:
            self.normalize = normalize
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False) if imagenet else conv3x3(3, width)
        self.bn1 = nn.BatchNorm2d(width)
        inputs, self.stages = width, len(counts)
        for stage, count in enumerate(counts):
            planes = width * 2 ** stage
            layers = []
            for index in range(count):
                layers.append(block(inputs, planes, 2 if stage > 0 and index == 0 else 1, side))
                inputs = planes * block.expansion
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        setattr(self, head, nn.Linear(inputs, classes))

    def forward(self, x):
        x = getattr(self, "normalize", nn.Identity())(x)
        x = F.relu(self.bn1(self.conv1(x)))
        if self.imagenet:
            x = F.max_pool2d(x, 3, stride=2, padding=1)
        for stage in range(self.stages):
            x = getattr(self, f"layer{stage + 1}")(x)
        return getattr(self, self.head)(F.adaptive_avg_pool2d(x, 1).flatten(1))


class PreActBlock(nn.Module):
    def __init__(self, inputs, planes, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = conv3x3(inputs, planes, stride)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv2 = conv3x3(planes, planes)
        if stride != 1 or inputs != planes:
            self.shortcut = nn.Sequential(conv1x1(inputs, planes, stride))

    def forward(self, x):
        out = F.relu(self.bn1(x))
        shortcut = self.shortcut(out) if hasattr(self, "shortcut") else x
        out = self.conv1(out)
        return self.conv2(F.relu(self.bn2(out))) + shortcut


class PreActResNet18(nn.Module):
    """fast_adversarial's, which normalises once more at the end."""

    def __init__(self, width, classes, normalize=None):
        super().__init__()
        self.normalize = normalize or nn.Identity()
        self.conv1 = conv3x3(3, width)
        inputs = width
        for stage in range(4):
            planes = width * 2 ** stage
            blocks = [PreActBlock(inputs, planes, 2 if stage > 0 else 1), PreActBlock(planes, planes, 1)]
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
            inputs = planes
        self.bn = nn.BatchNorm2d(inputs)
        self.linear = nn.Linear(inputs, classes)

    def forward(self, x):
        out = self.layer4(self.layer3(self.layer2(self.layer1(self.conv1(self.normalize(x))))))
        out = F.relu(self.bn(out))
        return self.linear(F.avg_pool2d(out, 4).flatten(1))


class WideBlock(nn.Module):
    def __init__(self, inputs, planes, stride, drop):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = conv3x3(inputs, planes, stride)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv2 = conv3x3(planes, planes)
        self.drop = drop
        self.equal = inputs == planes
        self.convShortcut = None if self.equal else conv1x1(inputs, planes, stride)

    def forward(self, x):
        out = F.relu(self.bn1(x))
        shortcut = x if self.equal else self.convShortcut(out)
        out = F.relu(self.bn2(self.conv1(out)))
        out = F.dropout(out, self.drop, self.training)
        return shortcut + self.conv2(out)


class WideStage(nn.Module):
    def __init__(self, count, inputs, planes, stride, drop):
        super().__init__()
        self.layer = nn.Sequential(*[
            WideBlock(planes if index else inputs, planes, 1 if index else stride, drop) for index in range(count)])

    def forward(self, x):
        return self.layer(x)


class WideResNet(nn.Module):
    """With `surplus`, the copy of the first stage that TRADES' code has and never runs."""

    def __init__(self, depth, widen, classes, drop=0.0, surplus=False):
        super().__init__()
        count = (depth - 4) // 6
        channels = [16, 16 * widen, 32 * widen, 64 * widen]
        self.conv1 = conv3x3(3, 16)
        self.block1 = WideStage(count, channels[0], channels[1], 1, drop)
        if surplus:
            self.sub_block1 = WideStage(count, channels[0], channels[1], 1, drop)
        self.block2 = WideStage(count, channels[1], channels[2], 2, drop)
        self.block3 = WideStage(count, channels[2], channels[3], 2, drop)
        self.bn1 = nn.BatchNorm2d(channels[3])
        self.fc = nn.Linear(channels[3], classes)

    def forward(self, x):
        out = self.block3(self.block2(self.block1(self.conv1(x))))
        out = F.avg_pool2d(F.relu(self.bn1(out)), 8)
        return self.fc(out.flatten(1))


# Densely connected networks.


class DenseLayer(nn.Sequential):
    def __init__(self, inputs, growth):
        super().__init__(OrderedDict([
            ("norm1", nn.BatchNorm2d(inputs)), ("relu1", nn.ReLU()), ("conv1", conv1x1(inputs, 4 * growth)),
            ("norm2", nn.BatchNorm2d(4 * growth)), ("relu2", nn.ReLU()), ("conv2", conv3x3(4 * growth, growth))]))

    def forward(self, x):
        return torch.cat([x, super().forward(x)], 1)


class DenseNet(nn.Module):
    def __init__(self, counts, growth, classes, imagenet=True):
        super().__init__()
        channels = 2 * growth
        if imagenet:
            layers = [("conv0", nn.Conv2d(3, channels, 7, stride=2, padding=3, bias=False)),
                      ("norm0", nn.BatchNorm2d(channels)), ("relu0", nn.ReLU()),
                      ("pool0", nn.MaxPool2d(3, stride=2, padding=1))]
        else:
            layers = [("conv0", conv3x3(3, channels))]
        for index, count in enumerate(counts, start=1):
            block = OrderedDict()
            for layer in range(count):
                block[f"denselayer{layer + 1}"] = DenseLayer(channels, growth)
                channels += growth
            layers.append((f"denseblock{index}", nn.Sequential(block)))
            if index < len(counts):
                layers.append((f"transition{index}", nn.Sequential(OrderedDict([
                    ("norm", nn.BatchNorm2d(channels)), ("relu", nn.ReLU()),
                    ("conv", conv1x1(channels, channels // 2)), ("pool", nn.AvgPool2d(2, stride=2))]))))
                channels //= 2
        layers.append(("norm5" if imagenet else "norm_final", nn.BatchNorm2d(channels)))
        self.features = nn.Sequential(OrderedDict(layers))
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x):
        return self.classifier(F.adaptive_avg_pool2d(F.relu(self.features(x)), 1).flatten(1))


# Depthwise networks.


class MobileBlock(nn.Module):
    def __init__(self, inputs, planes, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, inputs, 3, stride=stride, padding=1, groups=inputs, bias=False)
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv2 = conv1x1(inputs, planes)
        self.bn2 = nn.BatchNorm2d(planes)

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


class MobileNet(nn.Module):
    """pytorch-cifar's, whose channels are 32 times those of `width` = 1."""

    def __init__(self, width, classes, stride=1):
        super().__init__()
        self.conv1 = conv3x3(3, width, stride)
        self.bn1 = nn.BatchNorm2d(width)
        form = [64, (128, 2), 128, (256, 2), 256, (512, 2), 512, 512, 512, 512, 512, (1024, 2), 1024]
        layers, inputs = [], width
        for item in form:
            planes, step = item if isinstance(item, tuple) else (item, 1)
            planes = planes * width // 32
            layers.append(MobileBlock(inputs, planes, step))
            inputs = planes
        self.layers = nn.Sequential(*layers)
        self.linear = nn.Linear(inputs, classes)

    def forward(self, x):
        out = self.layers(F.relu(self.bn1(self.conv1(x))))
        return self.linear(F.adaptive_avg_pool2d(out, 1).flatten(1))


def conv_norm(inputs, outputs, kernel=3, stride=1, groups=1, activation=nn.SiLU, **norm):
    """Torchvision's Conv2dNormActivation."""
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False),
              nn.BatchNorm2d(outputs, **norm)]
    return nn.Sequential(*layers, *([activation()] if activation else []))


class SqueezeExcitation(nn.Module):
    def __init__(self, channels, squeezed, activation=nn.ReLU, scale_activation=nn.Sigmoid):
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, channels, 1)
        self.activation = activation()
        self.scale_activation = scale_activation()

    def forward(self, x):
        return self.scale_activation(self.fc2(self.activation(self.fc1(self.avgpool(x))))) * x


class MBConv(nn.Module):
    def __init__(self, inputs, outputs, expand, kernel, stride):
        super().__init__()
        expanded = inputs * expand
        layers = [conv_norm(inputs, expanded, 1)] if expand != 1 else []
        layers += [
            conv_norm(expanded, expanded, kernel, stride, groups=expanded),
            SqueezeExcitation(expanded, max(1, inputs // 4), nn.SiLU), conv_norm(expanded, outputs, 1, activation=None)]
        self.block = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return self.block(x) + x if self.residual else self.block(x)


class EfficientNetB0(nn.Module):
    def __init__(self, classes, stride=2):
        super().__init__()
        features = [conv_norm(3, 32, 3, stride)]
        for expand, kernel, step, inputs, outputs, count in [
            (1, 3, 1, 32, 16, 1), (6, 3, 2, 16, 24, 2), (6, 5, 2, 24, 40, 2), (6, 3, 2, 40, 80, 3),
            (6, 5, 1, 80, 112, 3), (6, 5, 2, 112, 192, 4), (6, 3, 1, 192, 320, 1),
        ]:
            features.append(nn.Sequential(*[
                MBConv(outputs if index else inputs, outputs, expand, kernel, 1 if index else step)
                for index in range(count)]))
        features.append(conv_norm(320, 1280, 1))
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, classes))

    def forward(self, x):
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), 1).flatten(1))


def divisible(value, divisor=8):
    """Torchvision's _make_divisible."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded


class InvertedResidual(nn.Module):
    def __init__(self, inputs, kernel, expanded, outputs, squeeze, activation, stride):
        super().__init__()
        norm = {"eps": 0.001, "momentum": 0.01}
        activation = nn.Hardswish if activation == "HS" else nn.ReLU
        layers = [conv_norm(inputs, expanded, 1, activation=activation, **norm)] if expanded != inputs else []
        layers.append(
            conv_norm(expanded, expanded, kernel, stride, groups=expanded, activation=activation, **norm))
        if squeeze:
            layers.append(
                SqueezeExcitation(expanded, divisible(expanded // 4), scale_activation=nn.Hardsigmoid))
        layers.append(conv_norm(expanded, outputs, 1, activation=None, **norm))
        self.block = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return self.block(x) + x if self.residual else self.block(x)


class MobileNetV3(nn.Module):
    FORMS = {
        "small": (1024, [
            (16, 3, 16, 16, True, "RE", 2), (16, 3, 72, 24, False, "RE", 2), (24, 3, 88, 24, False, "RE", 1),
            (24, 5, 96, 40, True, "HS", 2), (40, 5, 240, 40, True, "HS", 1), (40, 5, 240, 40, True, "HS", 1),
            (40, 5, 120, 48, True, "HS", 1), (48, 5, 144, 48, True, "HS", 1), (48, 5, 288, 96, True, "HS", 2),
            (96, 5, 576, 96, True, "HS", 1), (96, 5, 576, 96, True, "HS", 1)]),
        "large": (1280, [
            (16, 3, 16, 16, False, "RE", 1), (16, 3, 64, 24, False, "RE", 2), (24, 3, 72, 24, False, "RE", 1),
            (24, 5, 72, 40, True, "RE", 2), (40, 5, 120, 40, True, "RE", 1), (40, 5, 120, 40, True, "RE", 1),
            (40, 3, 240, 80, False, "HS", 2), (80, 3, 200, 80, False, "HS", 1), (80, 3, 184, 80, False, "HS", 1),
            (80, 3, 184, 80, False, "HS", 1), (80, 3, 480, 112, True, "HS", 1), (112, 3, 672, 112, True, "HS", 1),
            (112, 5, 672, 160, True, "HS", 2), (160, 5, 960, 160, True, "HS", 1), (160, 5, 960, 160, True, "HS", 1)]),
    }

    def __init__(self, form, classes, stride=2):
        super().__init__()
        hidden, rows = self.FORMS[form]
        norm = {"activation": nn.Hardswish, "eps": 0.001, "momentum": 0.01}
        last = rows[-1][3]
        self.features = nn.Sequential(
            conv_norm(3, 16, 3, stride, **norm), *[InvertedResidual(*row) for row in rows],
            conv_norm(last, 6 * last, 1, **norm))
        self.classifier = nn.Sequential(
            nn.Linear(6 * last, hidden), nn.Hardswish(), nn.Dropout(0.2), nn.Linear(hidden, classes))

    def forward(self, x):
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), 1).flatten(1))


class RegNetBlock(nn.Module):
    def __init__(self, inputs, outputs, stride, group_width, squeeze):
        super().__init__()
        if inputs != outputs or stride != 1:
            self.proj = conv_norm(inputs, outputs, 1, stride, activation=None)
        layers = [("a", conv_norm(inputs, outputs, 1, activation=nn.ReLU)),
                  ("b", conv_norm(outputs, outputs, 3, stride, outputs // group_width, activation=nn.ReLU))]
        if squeeze:
            layers.append(("se", SqueezeExcitation(outputs, round(0.25 * inputs))))
        self.f = nn.Sequential(OrderedDict([*layers, ("c", conv_norm(outputs, outputs, 1, activation=None))]))

    def forward(self, x):
        return F.relu(getattr(self, "proj", nn.Identity())(x) + self.f(x))


class RegNet(nn.Module):
    """With the widths by the paper's rule: depth, w₀, wₐ, wₘ and the width of a group."""

    FORMS = {
        "x-400mf": (22, 24, 24.48, 2.54, 16), "x-800mf": (16, 56, 35.73, 2.28, 16),
        "y-400mf": (16, 48, 27.89, 2.09, 8), "y-800mf": (14, 56, 38.84, 2.4, 16),
    }

    def __init__(self, form, classes, stride=2):
        super().__init__()
        depth, first, slope, step, group_width = self.FORMS[form]
        capacities = [round(math.log((index * slope + first) / first) / math.log(step)) for index in range(depth)]
        widths = [round(first * step ** capacity / 8) * 8 for capacity in capacities]
        self.stem = conv_norm(3, 32, 3, stride, activation=nn.ReLU)
        self.trunk_output = nn.Sequential()
        inputs = 32
        for stage, width in enumerate(sorted(set(widths)), start=1):
            blocks = nn.Sequential()
            outputs = divisible(width, group_width)
            for index in range(widths.count(width)):
                block = RegNetBlock(inputs, outputs, 1 if index else 2, group_width, form.startswith("y"))
                blocks.add_module(f"block{stage}-{index}", block)
                inputs = outputs
            self.trunk_output.add_module(f"block{stage}", blocks)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        return self.fc(F.adaptive_avg_pool2d(self.trunk_output(self.stem(x)), 1).flatten(1))


class LayerNorm2d(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Permute(nn.Module):
    def __init__(self, *axes):
        super().__init__()
        self.axes = axes

    def forward(self, x):
        return x.permute(self.axes)


class CNBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv2d(channels, channels, 7, padding=3, groups=channels), Permute(0, 2, 3, 1),
            nn.LayerNorm(channels, eps=1e-6), nn.Linear(channels, 4 * channels), nn.GELU(),
            nn.Linear(4 * channels, channels), Permute(0, 3, 1, 2))
        self.layer_scale = nn.Parameter(torch.ones(channels, 1, 1) * 1e-6)

    def forward(self, x):
        return self.layer_scale * self.block(x) + x


class ConvNeXt(nn.Module):
    def __init__(self, counts, width, classes, patch=4):
        super().__init__()
        features = [nn.Sequential(nn.Conv2d(3, width, patch, stride=patch), LayerNorm2d(width, eps=1e-6))]
        for stage, count in enumerate(counts):
            channels = width * 2 ** stage
            if stage > 0:
                features.append(nn.Sequential(
                    LayerNorm2d(channels // 2, eps=1e-6), nn.Conv2d(channels // 2, channels, 2, stride=2)))
            features.append(nn.Sequential(*[CNBlock(channels) for _ in range(count)]))
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(
            LayerNorm2d(8 * width, eps=1e-6), nn.Flatten(1), nn.Linear(8 * width, classes))

    def forward(self, x):
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), 1))


# Inception-ResNet-v2, timm's.


class ConvNormAct(nn.Module):
    def __init__(self, inputs, outputs, kernel=1, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=1e-3)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


class Branches(nn.Module):
    """Side by side, joined along the channels; a `branch3` or so without weights is a pooling."""

    def __init__(self, *branches):
        super().__init__()
        self.count = len(branches)
        for index, branch in enumerate(branches):
            setattr(self, f"branch{index}", branch)

    def join(self, x):
        return torch.cat([getattr(self, f"branch{index}")(x) for index in range(self.count)], 1)

    def forward(self, x):
        return self.join(x)


class InceptionResidual(Branches):
    def __init__(self, inputs, middle, scale, *branches, relu=True):
        super().__init__(*branches)
        self.conv2d = nn.Conv2d(middle, inputs, 1)
        self.scale, self.relu = scale, relu

    def forward(self, x):
        out = self.conv2d(self.join(x)) * self.scale + x
        return F.relu(out) if self.relu else out


class InceptionResNetV2(nn.Module):
    def __init__(self, width, classes):
        super().__init__()

        def n(channels):
            return channels * width // 32

        def conv(inputs, outputs, *rest, **options):
            return ConvNormAct(n(inputs), n(outputs), *rest, **options)

        def block35():
            return InceptionResidual(
                n(320), n(128), 0.17, conv(320, 32), sequential(conv(320, 32), conv(32, 32, 3, padding=1)),
                sequential(conv(320, 32), conv(32, 48, 3, padding=1), conv(48, 64, 3, padding=1)))

        def block17():
            return InceptionResidual(
                n(1088), n(384), 0.10, conv(1088, 192),
                sequential(conv(1088, 128), conv(128, 160, (1, 7), padding=(0, 3)),
                           conv(160, 192, (7, 1), padding=(3, 0))))

        def block8(scale, relu=True):
            return InceptionResidual(
                n(2080), n(448), scale, conv(2080, 192),
                sequential(conv(2080, 192), conv(192, 224, (1, 3), padding=(0, 1)),
                           conv(224, 256, (3, 1), padding=(1, 0))), relu=relu)

        self.conv2d_1a = ConvNormAct(3, width, 3, 2)
        self.conv2d_2a = conv(32, 32, 3)
        self.conv2d_2b = conv(32, 64, 3, padding=1)
        self.maxpool_3a = nn.MaxPool2d(3, stride=2)
        self.conv2d_3b = conv(64, 80)
        self.conv2d_4a = conv(80, 192, 3)
        self.maxpool_5a = nn.MaxPool2d(3, stride=2)
        self.mixed_5b = Branches(
            conv(192, 96), sequential(conv(192, 48), conv(48, 64, 5, padding=2)),
            sequential(conv(192, 64), conv(64, 96, 3, padding=1), conv(96, 96, 3, padding=1)),
            sequential(nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False), conv(192, 64)))
        self.repeat = sequential(*[block35() for _ in range(10)])
        self.mixed_6a = Branches(
            conv(320, 384, 3, 2), sequential(conv(320, 256), conv(256, 256, 3, padding=1), conv(256, 384, 3, 2)),
            nn.MaxPool2d(3, stride=2))
        self.repeat_1 = sequential(*[block17() for _ in range(20)])
        self.mixed_7a = Branches(
            sequential(conv(1088, 256), conv(256, 384, 3, 2)), sequential(conv(1088, 256), conv(256, 288, 3, 2)),
            sequential(conv(1088, 256), conv(256, 288, 3, padding=1), conv(288, 320, 3, 2)),
            nn.MaxPool2d(3, stride=2))
        self.repeat_2 = sequential(*[block8(0.20) for _ in range(9)])
        self.block8 = block8(1.0, relu=False)
        self.conv2d_7b = conv(2080, 1536)
        self.classif = nn.Linear(n(1536), classes)

    def forward(self, x):
        *layers, classif = self.children()
        for layer in layers:
            x = layer(x)
        return classif(F.adaptive_avg_pool2d(x, 1).flatten(1))


# Plain stacks.


class AlexNet(nn.Module):
    def __init__(self, hidden, classes):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 11, stride=4, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(), nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2))
        self.avgpool = nn.AdaptiveAvgPool2d((6, 6))
        self.classifier = nn.Sequential(
            nn.Dropout(0.5), nn.Linear(256 * 6 * 6, hidden), nn.ReLU(), nn.Dropout(0.5), nn.Linear(hidden, hidden),
            nn.ReLU(), nn.Linear(hidden, classes))

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


class VGG(nn.Module):
    def __init__(self, counts, width, hidden, classes, batch_norm=False):
        super().__init__()
        layers, inputs = [], 3
        for stage, count in enumerate(counts):
            planes = width * min(2 ** stage, 8)
            for _ in range(count):
                norm = [nn.BatchNorm2d(planes)] if batch_norm else []
                layers += [nn.Conv2d(inputs, planes, 3, padding=1), *norm, nn.ReLU()]
                inputs = planes
            layers.append(nn.MaxPool2d(2, 2))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(inputs * 7 * 7, hidden), nn.ReLU(), nn.Dropout(0.5), nn.Linear(hidden, hidden), nn.ReLU(),
            nn.Dropout(0.5), nn.Linear(hidden, classes))

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))
