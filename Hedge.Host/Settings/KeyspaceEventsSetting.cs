using System.Text;
using Hedge.Host.Declarations;

namespace Hedge.Host.Settings;

/// <summary>notify-keyspace-events: the letters of <see cref="KeyspaceEvents"/>.</summary>
public sealed class KeyspaceEventsSetting(string name) : Setting<KeyspaceEvents>(name, KeyspaceEvents.None)
{
    private static readonly (char Letter, KeyspaceEvents Event)[] Classes =
    [
        ('g', KeyspaceEvents.Generic), ('$', KeyspaceEvents.String), ('l', KeyspaceEvents.List),
        ('s', KeyspaceEvents.Set), ('h', KeyspaceEvents.Hash), ('z', KeyspaceEvents.SortedSet),
        ('x', KeyspaceEvents.Expired), ('e', KeyspaceEvents.Evicted), ('t', KeyspaceEvents.Stream),
        ('d', KeyspaceEvents.Module),
    ];

    private static readonly (char Letter, KeyspaceEvents Event)[] Others =
    [
        ('n', KeyspaceEvents.New), ('K', KeyspaceEvents.Keyspace), ('E', KeyspaceEvents.KeyEvent),
        ('m', KeyspaceEvents.KeyMiss),
    ];

    /// <inheritdoc/>
    public override string Kind => "letters";

    /// <inheritdoc/>
    public override string Allowed => "any of the letters Ag$lshzxeKEtmdn, or nothing";

    private protected override bool TryParse(string text, KeyspaceEvents current, out KeyspaceEvents value,
        out string problem)
    {
        value = KeyspaceEvents.None;
        problem = "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
        foreach (char letter in text)
        {
            KeyspaceEvents found = letter == 'A' ? KeyspaceEvents.All : Find(Classes, letter) | Find(Others,
                letter);
            if (found == KeyspaceEvents.None) return false;
            value |= found;
        }

        return true;
    }

    private protected override string FormatValue(KeyspaceEvents value)
    {
        var text = new StringBuilder();
        bool all = (value & KeyspaceEvents.All) == KeyspaceEvents.All;
        if (all) text.Append('A');
        foreach ((char letter, KeyspaceEvents kind) in all ? Others : [.. Classes, .. Others])
        {
            if ((value & kind) != 0) text.Append(letter);
        }

        return text.ToString();
    }

    private static KeyspaceEvents Find((char Letter, KeyspaceEvents Event)[] table, char letter) =>
        Array.Find(table, e => e.Letter == letter).Event;
}
