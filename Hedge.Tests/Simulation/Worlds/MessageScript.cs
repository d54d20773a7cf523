namespace Hedge.Tests.Simulation.Worlds;

/// <summary>Makes scripts of publishers and of subscribers from a seed. Contents and written keys are unique,
/// so that a message names its cause.</summary>
internal sealed class MessageScript(SimSeed seed)
{
    private static readonly string[] Channels = ["news", "sport", "note"];
    private static readonly string[] Patterns = ["n*", "*s", "*", "__keyevent@0__:*"];

    private int _contents;

    /// <summary>Keys that the publishers write.</summary>
    public List<string> Keys { get; } = [];

    /// <summary>A publisher's script.</summary>
    public List<SimAction> Publisher(int count, bool vanishes)
    {
        List<SimAction> script = [];
        for (int i = 0; i < count; i++)
        {
            int kind = seed.Below(100);
            if (kind < 50) script.Add(new SimAction([Publish()]));
            else if (kind < 72) script.Add(new SimAction([Write()]));
            else if (kind < 84) script.Add(new SimAction(Queued(), IsTransaction: true));
            else if (kind < 97) script.Add(SimAction.Of("GET", Keys.Count > 0 ? Keys[^1] : "none"));
            else if (vanishes) script.Add(new SimAction([], Control: SimControl.Vanish));
        }

        return script;
    }

    /// <summary>A subscriber's script.</summary>
    public List<ListenerAction> Listener(int count, bool vanishes)
    {
        List<ListenerAction> script = [Subscribe("SUBSCRIBE", Channels)];
        for (int i = 0; i < count; i++)
        {
            int kind = seed.Below(10);
            string end = seed.Chance(0.4) ? "UN" : "";
            if (kind < 3) script.Add(Subscribe(end + "SUBSCRIBE", Channels));
            else if (kind < 6) script.Add(Subscribe($"P{end}SUBSCRIBE", Patterns));
            else if (kind < 8) script.Add(Subscribe($"S{end}SUBSCRIBE", Channels));
            else if (kind < 9) script.Add(new ListenerAction("STALL"));
            else if (vanishes) script.Add(new ListenerAction("VANISH"));
        }

        return script;
    }

    private ListenerAction Subscribe(string word, string[] names) => new(seed.Chance(0.5)
        ? [word, names[seed.Below(names.Length)]]
        : [word, names[seed.Below(names.Length)], names[seed.Below(names.Length)]]);

    private string[] Publish()
    {
        string content = $"m{_contents++}";
        // Now and then one that does not fit in a mailbox.
        if (seed.Chance(0.05)) content = content.PadRight(300 + seed.Below(6000), '.');
        return [seed.Chance(0.75) ? "PUBLISH" : "SPUBLISH", Channels[seed.Below(Channels.Length)], content];
    }

    private string[] Write()
    {
        Keys.Add($"u{Keys.Count}");
        return ["SET", Keys[^1], $"v{Keys.Count}".PadRight(1 + seed.Below(100), '.')];
    }

    private string[][] Queued()
    {
        string[][] commands = new string[2 + seed.Below(3)][];
        for (int i = 0; i < commands.Length; i++) commands[i] = seed.Chance(0.5) ? Publish() : Write();
        return commands;
    }
}
