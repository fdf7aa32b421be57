"""The model's folder: safetensors written and read by hand, and the small JSON files beside it."""

import json
import pathlib

import torch

from model import HALF, Llama, Shape
from tokenizer import SPECIALS

TEMPLATE = ("{{ bos_token }}{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] | trim + '<|end|>' }}{% endfor %}"
            "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}")


def write_safetensors(path, tensors: dict) -> None:
    """Header length (u64, little-endian), JSON header padded to 8 bytes, then the tensors as bfloat16."""
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, tensor in tensors.items():
        end = offset + tensor.numel() * 2
        header[name] = {"dtype": "BF16", "shape": list(tensor.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for tensor in tensors.values():
            file.write(tensor.detach().to(HALF).contiguous().view(torch.int16).numpy().tobytes())


def read_safetensors(path) -> dict:
    data = bytearray(pathlib.Path(path).read_bytes())
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            flat = torch.frombuffer(data, dtype=HALF, count=(end - start) // 2, offset=8 + length + start)
            tensors[name] = flat.view(entry["shape"]).float()
    return tensors


def config(shape: Shape) -> dict:
    return {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": shape.hidden, "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads, "num_key_value_heads": shape.kv_heads, "head_dim": shape.head, "intermediate_size": shape.intermediate,
        "vocab_size": shape.vocabulary, "hidden_act": "silu", "max_position_embeddings": shape.context, "rms_norm_eps": shape.epsilon,
        "rope_theta": shape.theta, "rope_scaling": None, "tie_word_embeddings": True, "attention_bias": False, "attention_dropout": 0.0,
        "mlp_bias": False, "initializer_range": 0.02, "use_cache": True, "pretraining_tp": 1, "torch_dtype": "bfloat16",
        "bos_token_id": SPECIALS.index("<|bos|>"), "eos_token_id": SPECIALS.index("<|endoftext|>"), "pad_token_id": SPECIALS.index("<|pad|>"),
    }


def export(model: Llama, folder) -> None:
    """Writes everything but tokenizer.json, which tokenizer.py wrote."""
    folder = pathlib.Path(folder)
    write_safetensors(folder / "model.safetensors", dict(model.named_parameters()))
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    generation = {"bos_token_id": 0, "eos_token_id": [SPECIALS.index("<|endoftext|>"), SPECIALS.index("<|end|>")], "pad_token_id": 2,
                  "do_sample": True, "temperature": 0.8, "top_p": 0.95, "max_length": model.shape.context}
    tokenizer = {
        "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": model.shape.context, "add_bos_token": True, "add_prefix_space": False,
        "clean_up_tokenization_spaces": False, "bos_token": "<|bos|>", "eos_token": "<|endoftext|>", "pad_token": "<|pad|>", "unk_token": None,
        "added_tokens_decoder": {str(id): {"content": token, **flags} for id, token in enumerate(SPECIALS)}, "chat_template": TEMPLATE,
    }
    for name, value in (("config", config(model.shape)), ("generation_config", generation), ("tokenizer_config", tokenizer)):
        (folder / f"{name}.json").write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def load(folder) -> Llama:
    settings = json.loads(pathlib.Path(folder, "config.json").read_text())
    model = Llama(Shape(settings["vocab_size"], settings["hidden_size"], settings["num_hidden_layers"], settings["num_attention_heads"],
                        settings["num_key_value_heads"], settings["head_dim"], settings["intermediate_size"], settings["max_position_embeddings"],
                        settings["rope_theta"], settings["rms_norm_eps"]))
    model.load_state_dict(read_safetensors(pathlib.Path(folder, "model.safetensors")))
    return model
