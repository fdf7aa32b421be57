using System.Threading.Channels;
using Exo.Engine.Generation;

namespace Exo.Engine.Scheduling;

/// <summary>
/// What one sequence has to tell its reader. The scheduler's thread writes plain values and allocates nothing; the events are made of them on the
/// reader's thread.
/// </summary>
internal sealed class SequenceEvents
{
    private readonly Channel<Part> _parts = Channel.CreateUnbounded<Part>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly List<TokenChoice> _tokens = [];

    /// <summary>Ends when all has been read; fails where the sequence did.</summary>
    public Task Completion => _parts.Reader.Completion;

    /// <summary>A token of the event that the next <see cref="Ending"/> closes.</summary>
    public void Write(in TokenChoice token) => _parts.Writer.TryWrite(new Part(token, null));

    /// <summary>Closes an event.</summary>
    public void Write(Ending ending) => _parts.Writer.TryWrite(new Part(default, ending));

    public void Complete(Exception? error = null) => _parts.Writer.Complete(error);

    /// <summary>Waits until there is something to read. False: all has been read.</summary>
    /// <exception cref="Exception">Whatever the sequence failed with.</exception>
    public ValueTask<bool> WaitToReadAsync() => _parts.Reader.WaitToReadAsync(CancellationToken.None);

    /// <summary>The next whole event, or null where there is none yet. One reader at a time.</summary>
    public GenerationEvent? Read()
    {
        while (_parts.Reader.TryRead(out var part))
        {
            if (part.Ending is not { } ending)
            {
                _tokens.Add(part.Token);
                continue;
            }

            TokenChoice[] tokens = [.. _tokens];
            _tokens.Clear();
            return new GenerationEvent { Text = ending.Text, Tokens = tokens, PromptLogprobs = ending.PromptLogprobs, FinishReason = ending.Reason, Usage = ending.Usage };
        }

        return null;
    }

    /// <summary>Reads what there is and makes nothing of it.</summary>
    public void Skip()
    {
        while (_parts.Reader.TryRead(out _))
        {
        }
    }

    /// <summary>All of an event but its tokens.</summary>
    internal readonly record struct Ending(string Text, IReadOnlyList<IReadOnlyList<TokenLogprob>>? PromptLogprobs, FinishReason? Reason, GenerationUsage? Usage);

    private readonly record struct Part(TokenChoice Token, Ending? Ending);
}
