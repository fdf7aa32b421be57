using Exo.Engine.Generation;
using Exo.Engine.Scheduling;

namespace Exo.Tests.Engine.Scheduling;

/// <summary>Everything at once, many times over: few blocks, shared prefixes, cancellations, lost chains, several shards.</summary>
public sealed class ChaosTests
{
    [Fact]
    public async Task Generate_UnderChaos_EachAnswerIsTheTwinsOrItsBeginning()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var shards = random.Next(1, 4);
            var blocks = random.Next(9, 40); // the longest sequence has 9
            List<LocalChain> chains = [];
            var options = Toy.Options with
            {
                MaxSequences = random.Next(1, 9),
                StepTokens = random.Next(1, 100),
                StepTokensWhileDecoding = random.Next(1, 40),
                PrefixCache = random.Next(4) > 0,
            };
            await using var scheduler = Toy.Schedule(NewChain(), options, (_, _) => Task.FromResult(NewChain()));

            var requests = Enumerable.Range(0, 12).Select(i => Toy.Request(random.Next(5), random.Next(1, 160), random.Next(1, 110))).ToArray();
            var patience = requests.Select(_ => random.Next(3) == 0 ? random.Next(0, 30) : int.MaxValue).ToArray();
            var answers = await Task.WhenAll(requests.Select((request, i) => ReadAsync(scheduler, request, patience[i])));

            for (var i = 0; i < requests.Length; i++)
            {
                var expected = ToyModel.Generate(requests[i]);
                if (answers[i].Reason == FinishReason.Cancelled) Assert.Equal(expected[..answers[i].Tokens.Count], answers[i].Tokens);
                else Assert.Equal(expected, answers[i].Tokens);
            }

            Toy.AssertIdle(scheduler);
            foreach (var chain in chains) chain.Dispose();

            IShardChain NewChain()
            {
                lock (chains)
                {
                    var chain = new LocalChain(ToyShard.Split(shards, blocks));
                    chains.Add(chain);
                    return chains.Count <= 3 ? new MortalChain(chain, random.Next(1, 60)) { DiesAnswering = random.Next(2) == 0 } : chain;
                }
            }
        }
    }

    /// <summary>Cancels after so many tokens.</summary>
    private static async Task<Answer> ReadAsync(Scheduler scheduler, GenerationRequest request, int tokens)
    {
        return await CollectAsync().WaitAsync(Toy.Patience);

        async Task<Answer> CollectAsync()
        {
            using var cancellation = new CancellationTokenSource();
            List<GenerationEvent> events = [];
            await foreach (var item in scheduler.GenerateAsync(request, cancellation.Token))
            {
                events.Add(item);
                if (events.Sum(had => had.Tokens.Count) >= tokens) await cancellation.CancelAsync();
            }

            return new Answer(events);
        }
    }
}
