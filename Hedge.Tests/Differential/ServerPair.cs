using Hedge.Tests.Commands;
using Hedge.Tests.Processes;

namespace Hedge.Tests.Differential;

/// <summary>A difference between the two servers.</summary>
/// <param name="Index">Which command of the sequence.</param>
/// <param name="Expected">Redis's reply.</param>
/// <param name="Actual">Hedge's reply, or what went wrong.</param>
internal sealed record Mismatch(int Index, string Expected, string Actual);

/// <summary>Hedge and redis-server side by side; sequences start from empty databases, without scripts and
/// functions, and with new connections.</summary>
internal sealed class ServerPair : IDisposable
{
    private const int ShrinkRunsMax = 400;
    private const int PreparedAtOnce = 500;

    private ServerPair(ServerProcess redis, ServerProcess hedge)
    {
        Redis = redis;
        Hedge = hedge;
    }

    /// <summary>The oracle.</summary>
    public ServerProcess Redis { get; }

    /// <summary>What is tested.</summary>
    public ServerProcess Hedge { get; }

    /// <summary>Starts both.</summary>
    public static async Task<ServerPair> StartAsync(params (string Name, string Value)[] hedgeSettings)
    {
        ServerProcess redis = await ServerProcess.StartAsync(new ServerLaunch
        {
            Kind = ServerKind.Redis,
            Settings = [("appendonly", "no")],
        });
        try
        {
            return new ServerPair(redis,
                await ServerProcess.StartAsync(new ServerLaunch { Settings = hedgeSettings }));
        }
        catch
        {
            redis.Dispose();
            throw;
        }
    }

    /// <summary>What Redis is sent in place of a request.</summary>
    public Func<byte[][], byte[][]> ForRedis { get; set; } = words => words;

    /// <summary>Runs a sequence on both and answers the first difference, or null.</summary>
    /// <param name="commands">The sequence.</param>
    /// <param name="protocol">2 or 3.</param>
    /// <param name="chunks">Sizes of what is sent at once, taken in turn.</param>
    /// <param name="preparation">Requests that come before, whose replies don't matter.</param>
    public Mismatch? FirstMismatch(
        IReadOnlyList<GeneratedCommand> commands, int protocol, IReadOnlyList<int> chunks,
        params IReadOnlyList<byte[][]> preparation)
    {
        using ReplyPipe redis = Open(Redis, protocol);
        using ReplyPipe hedge = Open(Hedge, protocol);
        foreach (byte[][][] chunk in preparation.Chunk(PreparedAtOnce))
        {
            redis.RunAll(chunk);
            hedge.RunAll(chunk);
        }

        var queued = new List<string>();
        bool queueing = false;
        int next = 0;
        for (int at = 0; at < commands.Count;)
        {
            byte[][][] chunk =
                [.. commands.Skip(at).Take(chunks[next++ % chunks.Count]).Select(c => c.Words)];
            byte[][] expected = redis.RunAll([.. chunk.Select(ForRedis)]);
            byte[][] actual;
            try
            {
                actual = hedge.RunAll(chunk);
            }
            catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
            {
                return new Mismatch(at + chunk.Length - 1, "replies", $"{e.Message}\n{Hedge.Output}");
            }

            for (int i = 0; i < chunk.Length; i++)
            {
                string name = commands[at + i].Name;
                if (!ReplyRules.Reviewed.Same(name, queued, expected[i], actual[i]))
                    return new Mismatch(at + i, ReplyReader.Show(expected[i]), ReplyReader.Show(actual[i]));
                Follow(name, expected[i], queued, ref queueing);
            }

            at += chunk.Length;
        }

        return null;
    }

    /// <summary>
    /// A short part of a sequence that still shows a difference: drops halves, quarters… and single commands
    /// as long as one remains.
    /// </summary>
    public IReadOnlyList<GeneratedCommand> Shrink(IReadOnlyList<GeneratedCommand> commands, int protocol)
    {
        IReadOnlyList<GeneratedCommand> best = commands;
        int runs = 0;
        for (int size = Math.Max(1, best.Count / 2); runs < ShrinkRunsMax && Hedge.IsRunning; size /= 2)
        {
            for (int at = 0; at < best.Count && runs < ShrinkRunsMax && Hedge.IsRunning;)
            {
                GeneratedCommand[] shorter = [.. best.Take(at), .. best.Skip(at + size)];
                runs++;
                if (FirstMismatch(shorter, protocol, [shorter.Length + 1]) is { } mismatch)
                    best = [.. shorter.Take(mismatch.Index + 1)];
                else at += size;
            }

            if (size == 1) break;
        }

        return best;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Redis.Dispose();
        Hedge.Dispose();
    }

    private static ReplyPipe Open(ServerProcess server, int protocol)
    {
        var pipe = new ReplyPipe(server.Port);
        pipe.Run("FLUSHALL");
        pipe.Run("SCRIPT FLUSH");
        pipe.Run("FUNCTION FLUSH");
        pipe.Run($"HELLO {protocol}");
        return pipe;
    }

    private static void Follow(string name, byte[] reply, List<string> queued, ref bool queueing)
    {
        if (name == "MULTI" && reply.AsSpan().SequenceEqual("+OK\r\n"u8))
        {
            queueing = true;
            queued.Clear();
        }
        else if (queueing && reply.AsSpan().SequenceEqual("+QUEUED\r\n"u8))
        {
            queued.Add(name);
        }
        else if (name is "EXEC" or "DISCARD"
            && (reply[0] != '-' || reply.AsSpan().StartsWith("-EXECABORT"u8)))
        {
            queueing = false;
            queued.Clear();
        }
    }
}
