using System.Net;

namespace Hedge.Host.Settings;

/// <summary>Two settings that ask for the same port of the same address.</summary>
internal static class PortClash
{
    /// <summary>What is wrong, as a line for whoever starts the server; null for nothing.</summary>
    public static string? Find(ServerSettings settings)
    {
        NetworkSettings network = settings.Network;
        if (network.Port > 0 && network.Port == network.TlsPort)
            return Text(NetworkDeclarations.TlsPort, network.TlsPort, NetworkDeclarations.Port);
        MetricsSettings metrics = NetworkSettings.MetricsOf(settings);
        bool isShared = metrics.Port > 0 && metrics.Bind.Any(mine => network.Bind.Any(
            other => mine.Address.Equals(other.Address) || IsAny(mine.Address) || IsAny(other.Address)));
        if (isShared && metrics.Port == network.Port)
            return Text(NetworkDeclarations.MetricsPort, metrics.Port, NetworkDeclarations.Port);
        if (isShared && metrics.Port == network.TlsPort)
            return Text(NetworkDeclarations.MetricsPort, metrics.Port, NetworkDeclarations.TlsPort);
        return null;
    }

    private static bool IsAny(IPAddress address) =>
        address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static string Text(IntegerSetting setting, int port, IntegerSetting other) =>
        $"{setting.Name}: {port} is not allowed, since {other.Name} is the same";
}
