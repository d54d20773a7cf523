using System.Net;

namespace Hedge.Host.Settings;

/// <summary>An address to listen on; an optional one ('-' in front) may be missing on the machine.</summary>
public readonly record struct BindAddress(IPAddress Address, bool IsOptional);

/// <summary>Addresses separated by spaces; "*" is every IPv4 address, "::*" every IPv6 address, "-" marks an
/// optional one.
/// </summary>
public sealed class BindSetting(string name, string defaultText)
    : Setting<IReadOnlyList<BindAddress>>(name,
        ParseAll(defaultText) ?? throw new ArgumentException(defaultText))
{
    /// <inheritdoc/>
    public override string Kind => "addresses";

    /// <inheritdoc/>
    public override string Allowed =>
        "IP addresses separated by spaces, * (all IPv4), ::* (all IPv6); - in front: "
        + "may be missing";

    private protected override bool TryParse(string text, IReadOnlyList<BindAddress> current,
        out IReadOnlyList<BindAddress> value, out string problem)
    {
        problem = "Failed to bind to specified addresses.";
        value = ParseAll(text) ?? [];
        return value.Count > 0;
    }

    private protected override string FormatValue(IReadOnlyList<BindAddress> value) =>
        string.Join(' ', value.Select(Format));

    private static BindAddress[]? ParseAll(string text)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries
            | StringSplitOptions.TrimEntries);
        var addresses = new BindAddress[words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            bool optional = words[i][0] == '-';
            string word = optional ? words[i][1..] : words[i];
            IPAddress? address = word switch
            {
                "*" => IPAddress.Any,
                "::*" => IPAddress.IPv6Any,
                _ => IPAddress.TryParse(word, out IPAddress? parsed) ? parsed : null,
            };
            if (address == null) return null;
            addresses[i] = new BindAddress(address, optional);
        }

        return addresses;
    }

    private static string Format(BindAddress address)
    {
        string text = address.Address.Equals(IPAddress.Any) ? "*"
            : address.Address.Equals(IPAddress.IPv6Any) ? "::*"
            : address.Address.ToString();
        return address.IsOptional ? "-" + text : text;
    }
}
