using Exo.Engine.Cpu.Threading;

namespace Exo.Engine.Cpu.Decoder;

/// <summary>Work that is done token by token: a few tokens run on the caller, a prompt's are shared out.</summary>
internal abstract class TokenJob(ComputeThreads threads) : ComputeJob
{
    /// <summary>Tokens of one item.</summary>
    private const int ItemTokens = 8;

    private int _tokens;

    public override void Execute(int item, int thread)
    {
        var end = Math.Min(_tokens, (item + 1) * ItemTokens);
        for (var token = item * ItemTokens; token < end; token++) ExecuteToken(token);
    }

    protected abstract void ExecuteToken(int token);

    protected void RunTokens(int tokens)
    {
        _tokens = tokens;
        threads.Run(this, (tokens + ItemTokens - 1) / ItemTokens);
    }
}
