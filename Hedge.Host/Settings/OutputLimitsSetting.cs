using System.Globalization;

namespace Hedge.Host.Settings;

/// <summary>How much a client may leave unread: at <paramref name="HardBytes"/> it is disconnected at once,
/// above
/// <paramref name="SoftBytes"/> after <paramref name="SoftSeconds"/> seconds. 0: no limit.</summary>
public readonly record struct OutputLimit(long HardBytes, long SoftBytes, int SoftSeconds);

/// <summary>The limits of the client classes.</summary>
/// <param name="Normal">Ordinary clients, with MONITOR's.</param>
/// <param name="Replica">Replicas.</param>
/// <param name="PubSub">Clients with a subscription.</param>
public sealed record OutputLimits(OutputLimit Normal, OutputLimit Replica, OutputLimit PubSub);

/// <summary>client-output-buffer-limit: "class hard soft seconds", for one or several classes.</summary>
public sealed class OutputLimitsSetting(string name, OutputLimits defaultValue)
    : Setting<OutputLimits>(name, defaultValue)
{
    /// <inheritdoc/>
    public override string Kind => "limits";

    /// <inheritdoc/>
    public override string Allowed =>
        "class hard soft seconds, for one or several of the classes normal, replica (slave), pubsub";

    private protected override bool TryParse(string text, OutputLimits current, out OutputLimits value,
        out string problem)
    {
        value = current;
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        problem = "Wrong number of arguments in buffer limit configuration.";
        if (words.Length == 0 || words.Length % 4 != 0) return false;
        for (int i = 0; i < words.Length; i += 4)
        {
            problem = "Invalid client class specified in buffer limit configuration.";
            string kind = words[i].ToUpperInvariant();
            if (kind is not ("NORMAL" or "REPLICA" or "SLAVE" or "PUBSUB")) return false;
            problem = "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
            if (!MemorySetting.TryParseBytes(words[i + 1], out long hard)) return false;
            if (!MemorySetting.TryParseBytes(words[i + 2], out long soft)) return false;
            if (!int.TryParse(words[i + 3], NumberStyles.None, CultureInfo.InvariantCulture, out int seconds))
                return false;

            var limit = new OutputLimit(hard, soft, seconds);
            value = kind switch
            {
                "NORMAL" => value with { Normal = limit },
                "PUBSUB" => value with { PubSub = limit },
                _ => value with { Replica = limit },
            };
        }

        return true;
    }

    private protected override string FormatValue(OutputLimits value) => string.Join(' ',
        Format("normal", value.Normal), Format("slave", value.Replica), Format("pubsub", value.PubSub));

    private static string Format(string kind, OutputLimit limit) =>
        string.Create(CultureInfo.InvariantCulture,
        $"{kind} {limit.HardBytes} {limit.SoftBytes} {limit.SoftSeconds}");
}
