import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Collection;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.cert.X509AttributeCertificateHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.tsp.TimeStampToken;

/** Bouncy judges a message: Bouncy MESSAGE CONTENT|- CA STAMPS ATTRIBUTE_CERTIFICATES; prints "holds" or fails. */
public class Bouncy {
    static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();

    public static void main(String[] args) throws Exception {
        byte[] der = Files.readAllBytes(Path.of(args[0]));
        CMSSignedData message = args[1].equals("-")
            ? new CMSSignedData(der)
            : new CMSSignedData(new CMSProcessableByteArray(Files.readAllBytes(Path.of(args[1]))), der);
        X509CertificateHolder ca = new X509CertificateHolder(Files.readAllBytes(Path.of(args[2])));
        Collection<SignerInformation> signers = message.getSignerInfos().getSigners();
        require(signers.size() == 1, "one signer");
        SignerInformation signer = signers.iterator().next();
        Collection<X509CertificateHolder> found = message.getCertificates().getMatches(signer.getSID());
        require(found.size() == 1, "the signer's certificate");
        X509CertificateHolder cert = found.iterator().next();
        require(signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider(PROVIDER).build(cert)), "signature");
        require(cert.isSignatureValid(new JcaContentVerifierProviderBuilder().setProvider(PROVIDER).build(ca)), "issuer");
        names(signer, cert);
        stamps(signer, Integer.parseInt(args[3]));
        attributes(message, cert, ca, Integer.parseInt(args[4]));
        System.out.println("holds");
    }

    /** The signing-certificate-v2 attribute is of the certificate. */
    static void names(SignerInformation signer, X509CertificateHolder cert) throws Exception {
        Attribute a = signer.getSignedAttributes().get(PKCSObjectIdentifiers.id_aa_signingCertificateV2);
        ESSCertIDv2 id = SigningCertificateV2.getInstance(a.getAttributeValues()[0]).getCerts()[0];
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(cert.getEncoded());
        require(MessageDigest.isEqual(id.getCertHash(), hash), "signing-certificate-v2");
        require(id.getIssuerSerial().getSerial().getValue().equals(cert.getSerialNumber()), "serial number");
    }

    /** The time-stamps are of the signature's value, and their signatures hold. */
    static void stamps(SignerInformation signer, int want) throws Exception {
        int n = 0;
        if (signer.getUnsignedAttributes() != null) {
            Attribute a = signer.getUnsignedAttributes().get(PKCSObjectIdentifiers.id_aa_signatureTimeStampToken);
            for (var value : a.getAttributeValues()) {
                TimeStampToken token = new TimeStampToken(new CMSSignedData(value.toASN1Primitive().getEncoded()));
                byte[] hash = MessageDigest.getInstance("SHA-256").digest(signer.getSignature());
                require(MessageDigest.isEqual(token.getTimeStampInfo().getMessageImprintDigest(), hash), "imprint");
                Collection<X509CertificateHolder> certs = token.getCertificates().getMatches(token.getSID());
                token.validate(new JcaSimpleSignerInfoVerifierBuilder().setProvider(PROVIDER).build(certs.iterator().next()));
                n++;
            }
        }
        require(n == want, "number of time-stamps");
    }

    /** The attribute certificates are of the signer's certificate, and their signatures hold. */
    static void attributes(CMSSignedData message, X509CertificateHolder cert, X509CertificateHolder ca, int want) throws Exception {
        Collection<X509AttributeCertificateHolder> all = message.getAttributeCertificates().getMatches(null);
        require(all.size() == want, "number of attribute certificates");
        for (X509AttributeCertificateHolder ac : all) {
            require(ac.getHolder().match(cert), "holder");
            require(ac.isSignatureValid(new JcaContentVerifierProviderBuilder().setProvider(PROVIDER).build(ca)), "attribute certificate");
        }
    }

    static void require(boolean ok, String what) {
        if (!ok) {
            throw new IllegalStateException(what);
        }
    }
}
