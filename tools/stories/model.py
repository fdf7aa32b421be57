"""The Llama decoder in plain torch: RMSNorm, rotary positions (rotate-half), grouped-query attention, SwiGLU, tied head.

Matrix products run in bfloat16 (the exported dtype), norms and the residual stream in float32.
Knows nothing of text, files or optimizers.
"""

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

HALF = torch.bfloat16


@dataclass
class Shape:
    vocabulary: int = 2048
    hidden: int = 256
    layers: int = 5
    heads: int = 8
    kv_heads: int = 4
    head: int = 32
    intermediate: int = 576
    context: int = 1024
    theta: float = 10000.0
    epsilon: float = 1e-5


class Linear(nn.Module):
    """[..., inputs] -> [..., outputs] in bfloat16, with a float32 master weight [outputs, inputs]."""

    def __init__(self, inputs: int, outputs: int, scale: float = 1.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) * scale / math.sqrt(inputs))

    def forward(self, x):
        return functional.linear(x, self.weight.to(HALF))


class RootMeanSquare(torch.autograd.Function):
    """x / rms(x) * weight, float32 in, bfloat16 out; by hand because the CPU is short of memory bandwidth."""

    @staticmethod
    def forward(context, x, weight, epsilon: float):
        scale = torch.rsqrt(x.square().mean(-1, keepdim=True) + epsilon)
        context.save_for_backward(x, weight, scale)
        return (x * scale).mul_(weight).to(HALF)

    @staticmethod
    def backward(context, gradient):
        x, weight, scale = context.saved_tensors
        unit, gradient = x * scale, gradient.float()
        weight_gradient = (gradient * unit).flatten(0, -2).sum(0)
        gradient = gradient * weight
        return gradient.sub_(unit * (gradient * unit).mean(-1, keepdim=True)).mul_(scale), weight_gradient, None


class Rotation(torch.autograd.Function):
    """Turns the pair (i, i + head/2) of x [batch, tokens, heads, head] by its position's angle; the gradient turns back."""

    @staticmethod
    def turn(x, cos, sin):
        first, second = x.chunk(2, -1)
        return torch.cat((first * cos - second * sin, second * cos + first * sin), -1)

    @staticmethod
    def forward(context, x, cos, sin):
        context.save_for_backward(cos, sin)
        return Rotation.turn(x, cos, sin)

    @staticmethod
    def backward(context, gradient):
        cos, sin = context.saved_tensors
        return Rotation.turn(gradient, cos, -sin), None, None


class Norm(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.weight, self.epsilon = nn.Parameter(torch.ones(shape.hidden)), shape.epsilon

    def forward(self, x):
        return RootMeanSquare.apply(x, self.weight, self.epsilon)


def rotary(shape: Shape):
    """cos and sin, [context, head/2]."""
    frequencies = shape.theta ** (-torch.arange(0, shape.head, 2) / shape.head)
    angles = torch.outer(torch.arange(shape.context).float(), frequencies)
    return angles.cos().to(HALF), angles.sin().to(HALF)


def together(x, *parts):
    """One product for several weights that share their input."""
    return functional.linear(x, torch.cat([part.weight.to(HALF) for part in parts]))


class Attention(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.q_proj = Linear(shape.hidden, shape.heads * shape.head)
        self.k_proj = Linear(shape.hidden, shape.kv_heads * shape.head)
        self.v_proj = Linear(shape.hidden, shape.kv_heads * shape.head)
        self.o_proj = Linear(shape.heads * shape.head, shape.hidden, 1 / math.sqrt(2 * shape.layers))

    def forward(self, x, cos, sin, mask):
        """x [batch, tokens, hidden]; mask [tokens, tokens], added to the scores."""
        batch, tokens, _ = x.shape
        heads, kv, head = self.shape.heads, self.shape.kv_heads, self.shape.head
        mixed = together(x, self.q_proj, self.k_proj, self.v_proj).view(batch, tokens, heads + 2 * kv, head)
        turned = Rotation.apply(mixed[:, :, :heads + kv], cos, sin).transpose(1, 2)          # [batch, heads + kvHeads, tokens, head]
        # The query heads that share a key head stand one below the other: [batch * kvHeads, group * tokens, head].
        q = (turned[:, :heads] * head ** -0.5).reshape(batch * kv, heads // kv * tokens, head)
        k = turned[:, heads:].reshape(batch * kv, tokens, head)
        v = mixed[:, :, heads + kv:].transpose(1, 2).reshape(batch * kv, tokens, head)
        weights = (q @ k.transpose(1, 2)).view(-1, tokens, tokens).add_(mask).softmax(-1)
        mixed = (weights.view(batch * kv, -1, tokens) @ v).view(batch, heads, tokens, head)
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, tokens, heads * head))


class Mlp(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.gate_proj = Linear(shape.hidden, shape.intermediate)
        self.up_proj = Linear(shape.hidden, shape.intermediate)
        self.down_proj = Linear(shape.intermediate, shape.hidden, 1 / math.sqrt(2 * shape.layers))

    def forward(self, x):
        gate, up = together(x, self.gate_proj, self.up_proj).chunk(2, -1)
        return self.down_proj(functional.silu(gate) * up)


class Layer(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.input_layernorm, self.self_attn = Norm(shape), Attention(shape)
        self.post_attention_layernorm, self.mlp = Norm(shape), Mlp(shape)

    def forward(self, x, cos, sin, mask):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, mask)
        return x + self.mlp(self.post_attention_layernorm(x))


class Llama(nn.Module):
    """Parameter names under ``model.`` are Hugging Face's."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.model = nn.ModuleDict({
            "embed_tokens": nn.Embedding(shape.vocabulary, shape.hidden),
            "layers": nn.ModuleList(Layer(shape) for _ in range(shape.layers)),
            "norm": Norm(shape),
        })
        nn.init.normal_(self.model["embed_tokens"].weight, std=0.05)
        self.cos, self.sin = rotary(shape)
        self.mask = torch.full((shape.context, shape.context), -1e4, dtype=HALF).triu(1)

    def forward(self, ids):
        """ids [batch, tokens] -> logits [batch, tokens, vocabulary], bfloat16."""
        tokens = ids.shape[1]
        table = self.model["embed_tokens"].weight
        x = functional.embedding(ids, table)
        cos, sin = self.cos[:tokens, None], self.sin[:tokens, None]
        for layer in self.model["layers"]:
            x = layer(x, cos, sin, self.mask[:tokens, :tokens])
        return functional.linear(self.model["norm"](x), table.to(HALF))
